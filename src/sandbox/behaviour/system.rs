//! The PBX itself: status, services, backups, settings that functions read and actions write.

use jiff::SignedDuration;
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
use crate::sandbox::logs::calls::Direction;
use crate::sandbox::members;
use crate::sandbox::problem::{NOT_FOUND, Problem};
use crate::sandbox::reply::Reply;
use crate::sandbox::roles;
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, text, value};

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        ("system_status", "get") => system_status,
        ("system_status", "system_extensions") => system_extensions,
        ("defs", "get_system_parameters") => system_parameters,
        ("defs", "get_license_parameters") => license_parameters,
        ("services", "start" | "restart") => |pbx, asked| set_services(pbx, asked, "Running", None),
        ("services", "stop") => |pbx, asked| set_services(pbx, asked, "Stopped", None),
        ("services", "enable") => |pbx, asked| set_services(pbx, asked, "Running", Some(true)),
        ("services", "disable") => |pbx, asked| set_services(pbx, asked, "Stopped", Some(false)),
        ("services", "restart_all") => |pbx, _| {
            for service in pbx.store.rows_mut("Services") {
                service.insert("Status".to_owned(), json!("Running"));
            }
            Ok(Reply::nothing())
        },
        ("system_status", "set_chat_log_status") => |pbx, asked| switch(pbx, asked, "IsChatLogEnabled"),
        ("system_status", "set_multi_company_mode") => |pbx, asked| switch(pbx, asked, "IsMultiCompanyMode"),
        ("system_status", "system_health_status") => health,
        ("system_status", "system_database_information") => database,
        ("system_status", "api_token") => |pbx, asked| {
            let token = pbx.random.letters(40);
            Ok(generic::value(asked, Ty::String, &Value::from(token)))
        },
        ("system_status", "request_help" | "revoke_remote_access" | "get_remote_access_status") => remote_access,
        ("system_status", "get_request_help_link") => |_, asked| {
            let link = "https://pbx.example.com/help";
            Ok(generic::value(asked, Ty::String, &Value::from(link)))
        },
        ("license_status", "edit_license_info") => edit_license,
        ("license_status", "replace_license_key") => replace_license_key,
        ("license_status", "link_partner") => |pbx, asked| {
            let id = Value::from(asked.text("resellerId"));
            pbx.store.single_mut("LicenseStatus").insert("ResellerName".to_owned(), id);
            Ok(Reply::nothing())
        },
        ("license_status", "unlink_partner") => |pbx, _| {
            pbx.store.single_mut("LicenseStatus").insert("ResellerName".to_owned(), json!(""));
            Ok(Reply::nothing())
        },
        ("license_status", "partner_info") => |pbx, asked| {
            let name = pbx.store.single("LicenseStatus").map(|license| value(license, "ResellerName").clone());
            let info = json!({"Id": asked.text("resellerId"), "Name": name});
            Ok(generic::object(pbx, asked, "ResellerInfo", &row(info)))
        },
        ("groups", "get_restrictions") => restrictions,
        ("groups", "link_group_partner" | "unlink_group_partner" | "replace_group_license_key") => group_partner,
        ("system_status", "is_request_help_enabled") => help_enabled,
        ("system_status", "system_telemetry") => telemetry,
        ("system_status", "service_telemetry") => service_telemetry,
        ("defs", "report_log_event") => report_event,
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
    let enterprise = roles::is_enterprise(text(&status, "ProductCode"));
    json!({
        "CountryCode": status.get("CountryCode"), "IsMaintainceExpired": false, "IsEnterprise": enterprise,
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

/// All of the named services or none. One that is disabled neither starts nor stops until it is enabled again.
fn set_services(pbx: &mut Pbx, asked: &Asked, status: &str, enabled: Option<bool>) -> Result<Reply, Problem> {
    let names = asked.body.get("options").and_then(|options| options["ServiceNames"].as_array());
    let names = names.cloned().unwrap_or_default();
    for name in &names {
        let service =
            pbx.store.find("Services", "Name", name).ok_or_else(|| Problem::field("ServiceNames", NOT_FOUND))?;
        if enabled.is_none() && service.get("StartStopEnabled") == Some(&Value::Bool(false)) {
            return Err(Problem::field("ServiceNames", "WARNINGS.XAPI.NOT_SUPPORTED"));
        }
    }
    for name in names {
        if let Some(service) = pbx.store.find_mut("Services", "Name", &name) {
            service.insert("Status".to_owned(), Value::from(status));
            if let Some(enabled) = enabled {
                service.insert("StartStopEnabled".to_owned(), Value::Bool(enabled));
            }
        }
    }
    Ok(Reply::nothing())
}

/// Both places that tell of a switch of the system follow it.
fn switch(pbx: &mut Pbx, asked: &Asked, property: &str) -> Result<Reply, Problem> {
    for single in ["SystemStatus", "SystemParameters"] {
        pbx.store.single_mut(single).insert(property.to_owned(), Value::Bool(asked.flag("enable")));
    }
    Ok(Reply::nothing())
}

fn health(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let all = |set: &str, property: &str| {
        pbx.store.rows(set).iter().all(|row| row.get(property) != Some(&Value::Bool(false)))
    };
    let health = json!({
        "CustomTemplatesCount": 0, "Firewall": true, "Id": 1, "Phones": all("Users", "IsRegistered"),
        "Trunks": all("Trunks", "IsOnline"), "UnsupportedFirmwaresCount": 0,
    });
    Ok(generic::object(pbx, asked, "SystemHealthStatus", &row(health)))
}

fn database(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (logs, now) = (pbx.logs(), pbx.now());
    let (calls, chats) = (logs.calls(now), logs.chats(now).count());
    let today = now.as_millisecond() - now.as_millisecond().rem_euclid(86_400_000);
    let outbound = calls.iter().filter(|call| call.start >= today && call.direction == Direction::Outbound).count();
    let information = json!({
        "CallHistoryCount": calls.len(), "CallsUsedSpace": calls.len() * 2048, "ChatFilesCount": 0,
        "ChatMessagesCount": chats, "ChatsUsedSpace": chats * 512, "Id": 1, "TodayOutboundCallsCount": outbound,
        "EventLogUsedSpace": pbx.store.rows("EventLogs").len() * 1024,
    });
    Ok(generic::object(pbx, asked, "SystemDatabaseInformation", &row(information)))
}

const REMOTE_ACCESS: &str = "#remote access";

fn remote_access(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let status = match asked.route.operation.name {
        "request_help" => "Requested",
        "revoke_remote_access" => "None",
        _ => {
            let status = pbx.store.single(REMOTE_ACCESS).map_or("None", |access| text(access, "Status"));
            return Ok(generic::value(asked, Ty::Named("RemoteAccessStatus"), &Value::from(status)));
        }
    };
    pbx.store.single_mut(REMOTE_ACCESS).insert("Status".to_owned(), Value::from(status));
    Ok(Reply::nothing())
}

fn edit_license(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let given = asked.body.get("licenseParams").and_then(Value::as_object).cloned().unwrap_or_default();
    let license = pbx.store.single_mut("LicenseStatus");
    for (name, value) in given {
        let known_as = match name.as_str() {
            "Country" => "CountryName",
            "Email" => "EMail",
            "Phone" => "Telephone",
            other => other,
        };
        license.insert(known_as.to_owned(), value);
    }
    Ok(Reply::nothing())
}

/// Keys have the form `ABCD-EFGH-IJKL-MNOP`.
fn replace_license_key(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let key = asked.text("licenseKey").to_owned();
    let part = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if key.split('-').count() != 4 || !key.split('-').all(part) {
        return Err(Problem::field("licenseKey", "WARNINGS.LICENSE_NOT_FOUND"));
    }
    pbx.store.single_mut("LicenseStatus").insert("LicenseKey".to_owned(), Value::from(key));
    Ok(Reply::nothing())
}

/// How much of what a department may have it uses.
fn restrictions(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let group = &pbx.store.rows(set.name)[place];
    let numbers = members::numbers(group);
    let used = |sets: &[&str]| {
        let found = numbers.iter().filter_map(|number| dn::find(&pbx.store, number));
        found.filter(|dn| sets.contains(&dn.set)).count() as i64
    };
    let props = value(group, "Props");
    let limit = |name: &str| props[name].as_i64();
    let range = |kind: &str| {
        let bound = |end: &str| props[format!("{kind}Number{end}")].as_str()?.parse::<i64>().ok();
        Some(bound("To")? - bound("From")? + 1)
    };
    let entry = |used: i64, allowed: Option<i64>| json!({"Allowed": allowed.unwrap_or(0), "Unlimited": allowed.is_none(), "Used": used});
    let number = value(group, "Number");
    let owned = |set: &str| pbx.store.rows(set).iter().filter(|row| row.get("Group") == Some(number)).count() as i64;
    let restrictions = json!({
        "Dects": entry(0, limit("DectMaxCount")), "LiveChats": entry(owned("WebsiteLinks"), limit("LiveChatMaxCount")),
        "MaxPrompts": limit("PromptsMaxCount"), "Sbcs": entry(owned("Sbcs"), limit("SbcMaxCount")),
        "System": entry(used(&["Queues", "RingGroups", "Receptionists", "CallFlowApps", "Fax"]), range("System")),
        "Trunks": entry(used(&["Trunks"]), limit("TrunksMaxCount")), "Users": entry(used(&["Users"]), range("User")),
    });
    Ok(generic::object(pbx, asked, "Restrictions", &row(restrictions)))
}

/// Whom a department buys from stands in its `Props`.
fn group_partner(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let id = asked.text("groupId");
    let numeric: Option<i64> = id.parse().ok();
    let of = |row: &Row| numeric.is_some() && value(row, "Id").as_i64() == numeric || text(row, "Number") == id;
    let reseller = asked.text("resellerId").to_owned();
    let links = asked.route.operation.name != "replace_group_license_key";
    let mut groups = pbx.store.rows_mut("Groups").iter_mut().filter(|group| id.is_empty() || of(group)).peekable();
    if groups.peek().is_none() {
        return Err(Problem::field("groupId", NOT_FOUND));
    }
    for group in groups.filter(|_| links) {
        if let Some(props) = group.get_mut("Props").and_then(Value::as_object_mut) {
            props.insert("ResellerId".to_owned(), Value::from(reseller.as_str()));
        }
    }
    Ok(Reply::nothing())
}

fn help_enabled(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let Answer::Object(Ty::Named(ty)) = asked.answer else {
        return Ok(generic::value(asked, Ty::Bool, &json!(true)));
    };
    let ticket = json!({"CanCreateTicket": true, "CreateTicketStatus": "OK", "FixUrl": ""});
    Ok(generic::object(pbx, asked, ty, &row(ticket)))
}

/// The last hour, a line each five minutes; the load follows the calls.
fn telemetry(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (logs, now) = (pbx.logs(), pbx.now());
    let line = |back: i64| {
        let moment = now - SignedDuration::from_mins(5 * back);
        let calls = logs.active(moment).count();
        row(json!({
            "CpuUsage": (4.0 + calls as f64 * 1.5).min(96.0), "FreeDiskSpace": 63_000_000_000u64, "FreePhysicalMemory": 5_200_000_000u64,
            "FreeVirtualMemory": 7_000_000_000u64, "TickCount": moment.as_millisecond() - logs.cast.born.as_millisecond() + 86_400_000,
            "Time": moment.to_string(), "TotalDiskSpace": 100_000_000_000u64, "TotalPhysicalMemory": 8_000_000_000u64,
            "TotalVirtualMemory": 10_000_000_000u64,
        }))
    };
    generic::list(pbx, asked, "SystemTelemetry", None, (0..12).rev().map(line).collect::<Vec<_>>())
}

fn service_telemetry(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let now = pbx.now().to_string();
    let running =
        ["Database", "Configuration", "SIPService", "SystemService", "IVR", "CallFlow", "MediaServer", "Nginx"];
    let line = |(place, service): (usize, &&str)| {
        row(json!({
            "Service": service, "HandleCount": 200 + 7 * place, "PrivateMemory": 50_000_000 + 8_000_000 * place,
            "ProcessCount": 1, "ThreadCount": 20 + place, "Time": now,
        }))
    };
    generic::list(pbx, asked, "ProcessTelemetry", None, running.iter().enumerate().map(line).collect::<Vec<_>>())
}

/// A caller's own entry in the event log.
fn report_event(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = pbx.router.sets.get("EventLogs").copied().ok_or_else(Problem::unknown_path)?;
    let given = asked.body.get("request").cloned().unwrap_or_default();
    let params = given["Params"].as_array().cloned().unwrap_or_default();
    let message: Vec<&str> = params.iter().filter_map(Value::as_str).collect();
    let event = json!({
        "Type": given["Type"].as_str().unwrap_or("Info"), "EventId": given["EventId"].as_i64().unwrap_or(0),
        "Source": given["Source"], "Message": message.join(" "), "Params": params, "Group": "GRP0000",
        "GroupName": "DEFAULT", "TimeGenerated": pbx.now().to_string(),
    });
    entities::insert(pbx, set, row(event), None);
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
