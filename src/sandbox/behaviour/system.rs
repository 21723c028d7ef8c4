//! The PBX itself: status, services, backups, settings that functions read and actions write.

use serde_json::{Value, json};

use crate::catalog::{Answer, Body, Ty};
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::Behaviour;
use crate::sandbox::defaults;
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::entities;
use crate::sandbox::generic;
use crate::sandbox::problem::{NOT_FOUND, Problem, REQUIRED};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, text};

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        ("system_status", "get") => system_status,
        ("system_status", "system_extensions") => system_extensions,
        ("defs", "get_system_parameters") => system_parameters,
        ("defs", "get_license_parameters") => license_parameters,
        ("defs", "has_system_owner") => |_, asked| Ok(generic::value(asked, Ty::Bool, &json!(true))),
        ("services", "start") => |pbx, asked| set_services(pbx, asked, Some("Running")),
        ("services", "stop") => |pbx, asked| set_services(pbx, asked, Some("Stopped")),
        ("services", "restart") => |pbx, asked| set_services(pbx, asked, Some("Running")),
        ("services", "enable" | "disable") => |pbx, asked| set_services(pbx, asked, None),
        ("backups", "backup") => backup,
        ("backups", "restore") => |pbx, asked| generic::place(pbx, asked).map(|_| Reply::nothing()),
        ("backups", "get_can_create_backup") => |_, asked| Ok(generic::value(asked, Ty::Bool, &json!(true))),
        ("event_logs", "purge_event_log") => |pbx, _| {
            pbx.store.rows_mut("EventLogs").clear();
            Ok(Reply::nothing())
        },
        ("event_logs", "download_event_logs") => {
            |pbx, asked| downloads::table(pbx, asked, "EventLog", "event-log.csv", pbx.rows("EventLogs"))
        }
        ("backups" | "recordings" | "contacts" | "updates", name) if name.ends_with("_settings") => settings,
        _ => return None,
    })
}

fn system_status(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let count = |set: &str, property: &str| {
        let rows = pbx.store.rows(set).iter();
        rows.filter(|row| row.get(property) == Some(&Value::Bool(true))).count()
    };
    let (users, trunks) = (pbx.store.rows("Users").len(), pbx.store.rows("Trunks").len());
    let stopped = pbx.store.rows("Services").iter().any(|service| text(service, "Status") != "Running");
    let backups = pbx.store.rows("Backups").iter().map(|backup| text(backup, "CreationTime"));
    let license = pbx.store.single("LicenseStatus").cloned().unwrap_or_default();
    let mut status = pbx.store.single("SystemStatus").cloned().unwrap_or_default();
    status.extend(row(json!({
        "Version": pbx.version(), "CallsActive": pbx.logs().active(pbx.now()).count(), "ExtensionsTotal": users,
        "UserExtensions": users, "ExtensionsRegistered": count("Users", "IsRegistered"), "TrunksTotal": trunks,
        "TrunksRegistered": count("Trunks", "IsOnline"), "OutboundRules": pbx.store.rows("OutboundRules").len(),
        "HasNotRunningServices": stopped, "LastBackupDateTime": backups.max(),
    })));
    let of_license = ["LicenseKey", "ProductCode", "MaxSimCalls", "ResellerName", "ExpirationDate"];
    for name in of_license.into_iter().chain(["MaintenanceExpiresAt"]) {
        status.insert(name.to_owned(), license.get(name).cloned().unwrap_or_default());
    }
    defaults::fill(pbx.schema, "SystemStatus", &mut status, pbx.born);
    Ok(Reply::json(&generic::one(pbx, asked, "SystemStatus", &status, "SystemStatus")?))
}

/// Everything with a number that is no user.
fn system_extensions(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let system = dn::all(&pbx.store).filter(|dn| !["Users", "Groups", "Trunks", "ServicePrincipals"].contains(&dn.set));
    let rows: Vec<Row> = system
        .map(|dn| {
            row(json!({
                "IsRegistered": true, "Name": dn::name(dn.row), "Number": text(dn.row, "Number"), "Type": dn.peer_type,
            }))
        })
        .collect();
    generic::list(pbx, asked, "SystemExtensionStatus", None, rows)
}

fn license(pbx: &Pbx) -> Value {
    let status = pbx.store.single("LicenseStatus").cloned().unwrap_or_default();
    json!({
        "CountryCode": status.get("CountryCode"), "IsMaintainceExpired": false, "IsEnterprise": true,
        "IsProfessional": true, "IsCfdEnabled": true, "IsBrandingEnabled": true,
        "MaxSimCalls": status.get("MaxSimCalls"), "ProductCode": status.get("ProductCode"),
    })
}

fn license_parameters(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    Ok(generic::object(pbx, asked, "License", &row(license(pbx))))
}

fn system_parameters(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let mut parameters = pbx.store.single("SystemParameters").cloned().unwrap_or_default();
    parameters.extend(row(json!({"Version": pbx.version(), "License": license(pbx)})));
    defaults::fill(pbx.schema, "SystemParameters", &mut parameters, pbx.born);
    Ok(generic::object(pbx, asked, "SystemParameters", &parameters))
}

/// All of the named services or none; `status` is how they are afterwards.
fn set_services(pbx: &mut Pbx, asked: &Asked, status: Option<&str>) -> Result<Reply, Problem> {
    let names = asked.body.get("options").and_then(|options| options["ServiceNames"].as_array());
    let names = names.cloned().unwrap_or_default();
    if names.iter().any(|name| pbx.store.find("Services", "Name", name).is_none()) {
        return Err(Problem::field("ServiceNames", NOT_FOUND));
    }
    for name in names {
        if let (Some(service), Some(status)) = (pbx.store.find_mut("Services", "Name", &name), status) {
            service.insert("Status".to_owned(), Value::from(status));
        }
    }
    Ok(Reply::nothing())
}

/// A backup is ready at once.
fn backup(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.body.get("description").and_then(|description| description["Name"].as_str()).unwrap_or_default();
    if name.is_empty() {
        return Err(Problem::field("description.Name", REQUIRED));
    }
    let set = pbx.router.sets.get("Backups").copied().ok_or_else(Problem::unknown_path)?;
    let file = if name.ends_with(".zip") { name.to_owned() } else { format!("{name}.zip") };
    let size = pbx.random.between(180_000_000, 190_000_000);
    let backup = json!({
        "FileName": file, "CreationTime": pbx.now().to_string(), "DownloadLink": format!("/backups/{file}"),
        "Size": size,
    });
    entities::create(pbx, set, row(backup))?;
    Ok(Reply::nothing())
}

/// Settings that a function `get_…_settings` reads and an action `set_…_settings` replaces: kept by their type.
fn settings(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    if let Answer::Object(Ty::Named(ty)) = asked.answer {
        generic::complete_single(pbx, ty, ty);
        let row = pbx.store.single(ty).cloned().unwrap_or_default();
        return Ok(generic::object(pbx, asked, ty, &row));
    }
    if let Body::Fields(fields) = &asked.route.variant.body
        && let Some((field, Ty::Named(ty))) = fields.first().map(|field| (field, field.ty))
        && let Some(Value::Object(given)) = asked.body.get(field.name)
    {
        *pbx.store.single_mut(ty) = given.clone();
    }
    Ok(Reply::nothing())
}
