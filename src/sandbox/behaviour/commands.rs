//! Commands whose effect lies outside of what the API shows, and functions whose answer never changes here. What they
//! name must exist all the same.

use serde_json::{Value, json};

use crate::catalog::{Answer, Ty};
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::{Behaviour, items};
use crate::sandbox::defaults;
use crate::sandbox::generic;
use crate::sandbox::problem::{NO_EXTENSION, NOT_FOUND, Problem, REQUIRED};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, text};

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        // On entities: phones, devices and people that get something sent.
        ("device_infos", "provision")
        | ("firmwares", "push_firmware_for_phones")
        | ("queues", "reset_queue_statistics")
        | ("sbcs", "push_config")
        | ("sip_devices", "push_firmware")
        | ("users", "send_welcome_email") => on_entity,
        ("prompt_sets", "play_prompt" | "record_prompt") | ("users", "make_call_user_record_greeting") => {
            |pbx, asked| extension(pbx, asked).and_then(|()| on_entity(pbx, asked))
        }
        ("users", "reprovision_all_phones") => on_all,
        // On the whole system.
        ("backups", "purge_local_backups") | ("purge_settings", "purge_local_backups") => purge_backups,
        ("fax_server_settings", "clean_up_fax")
        | ("firewall", "start_check" | "stop_check")
        | ("license_status", "refresh_license_status")
        | ("remote_archiving_settings", "archive_chats" | "archive_faxes" | "archive_voicemail")
        | ("services", "garbage_collect" | "restart_operating_system")
        | ("syslog_settings", "test_connection")
        | ("system_status", "start_db_maintenance")
        | ("updates", "install_updates" | "upgrade_debian")
        | ("voicemail_settings", "delete_all_user_voicemails") => |_, _| Ok(Reply::nothing()),
        ("defs", "send_email") => send_email,
        ("mail_settings" | "notification_settings", "test_email") => |pbx, asked| {
            let result = json!({"Error": "", "Parameters": [], "Success": true});
            Ok(generic::object(pbx, asked, "TestResult", &row(result)))
        },
        // Answers that are true here.
        ("defs", "has_system_owner") | ("backups", "get_can_create_backup") | ("firewall", "get_last_result") => {
            |_, asked| Ok(generic::value(asked, Ty::Bool, &json!(true)))
        }
        ("updates", "has_debian_upgrade") => |_, asked| Ok(generic::value(asked, Ty::Bool, &json!(false))),
        ("fax_server_settings", "get_fax_files_size") => |_, asked| Ok(generic::value(asked, Ty::Int64, &json!(0))),
        ("network_settings", "get_ifaces") => |_, asked| Ok(generic::plain_list(asked, Ty::String, &[json!("eth0")])),
        ("firmwares", "get_firmware_state") => firmware_state,
        ("firmwares", "clean_up") => |pbx, asked| {
            pbx.store.rows_mut("Firmwares").clear();
            Ok(generic::object(pbx, asked, "IActionResult", &Row::new()))
        },
        ("emergency_geo_locations", "update") => geo_locations,
        ("trunks", "test_inbound_call" | "test_outbound_call") => test_call,
        ("voicemail_settings", "get_transcribe_languages") => languages,
        ("directories", "get_directory_info") => |pbx, asked| {
            let given = asked.body.get("parameters").and_then(|parameters| parameters["Path"].as_str());
            let directory = json!({"Path": given.filter(|path| !path.is_empty()).unwrap_or("/"), "Dirs": ["backups", "recordings"]});
            Ok(generic::object(pbx, asked, "SystemDirectory", &row(directory)))
        },
        // Nothing is newer than the sandbox: the smallest answer is the true one.
        (
            "updates",
            "get_updates"
            | "get_updates_stats"
            | "get_prompt_set_updates"
            | "get_client_crm_updates"
            | "get_server_crm_updates",
        )
        | ("system_status", "get_version_type") => smallest,
        ("system_status", "network_telemetry" | "my_phone_request_id_telemetry") | ("trunks", "run_analysis") => {
            nothing_to_report
        }
        _ => return None,
    })
}

/// Yes to something that shows nowhere, of an entity that exists.
fn on_entity(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    generic::place(pbx, asked).map(|_| Reply::nothing())
}

fn on_all(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = generic::set(pbx, asked)?;
    let known = |id: &Value| pbx.store.find(set.name, "Id", id).is_some();
    items(asked, "ids").iter().all(known).then(Reply::nothing).ok_or_else(|| Problem::field("ids", NOT_FOUND))
}

/// The extension that is to be called must be one.
fn extension(pbx: &Pbx, asked: &Asked) -> Result<(), Problem> {
    let field = if asked.body.contains_key("dn") { "dn" } else { "extension" };
    let number = Value::from(asked.text(field));
    pbx.store.find("Users", "Number", &number).map(|_| ()).ok_or_else(|| Problem::field(field, NO_EXTENSION))
}

fn purge_backups(pbx: &mut Pbx, _: &Asked) -> Result<Reply, Problem> {
    pbx.store.rows_mut("Backups").clear();
    Ok(Reply::nothing())
}

fn send_email(_: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let email = asked.body.get("sendEmail");
    let given = |name: &str| email.and_then(|email| email[name].as_str()).is_some_and(|text| !text.is_empty());
    let missing = ["Destination", "Template"].into_iter().find(|name| !given(name));
    missing.map_or_else(|| Ok(Reply::nothing()), |name| Err(Problem::field(format!("sendEmail.{name}"), REQUIRED)))
}

/// These locations and no others.
fn geo_locations(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let locations = items(asked, "locations").iter().filter_map(Value::as_object).cloned().collect();
    *pbx.store.rows_mut("EmergencyGeoLocations") = locations;
    Ok(generic::object(pbx, asked, "IActionResult", &Row::new()))
}

/// A trunk that is registered carries calls.
fn test_call(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let works = pbx.store.rows(set.name)[place].get("IsOnline") != Some(&json!(false));
    let (code, level) = match (works, asked.route.operation.name) {
        (true, "test_inbound_call") => ("InboundCallSource", "Info"),
        (true, _) => ("OutboundCallSuccessful", "Info"),
        (false, _) => ("RegistrationFailed", "Error"),
    };
    let report = json!({"Code": code, "Level": level, "Params": [], "Template": ""});
    let log = json!({"Text": "The call was simulated.", "TimeStamp": pbx.now().to_string()});
    Ok(generic::object(pbx, asked, "TrunkTestResult", &row(json!({"Log": [log], "Reports": [report]}))))
}

fn firmware_state(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let names: Vec<Value> = pbx.store.rows("Firmwares").iter().map(|file| text(file, "Filename").into()).collect();
    let state = json!({"Id": "local", "Count": names.len(), "TotalSize": names.len() * 20_000_000, "FileNames": names});
    Ok(generic::object(pbx, asked, "FirmwareState", &row(state)))
}

fn languages(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let known =
        [("de-DE", "German"), ("en-US", "English"), ("es-ES", "Spanish"), ("fr-FR", "French"), ("it-IT", "Italian")];
    let rows: Vec<Row> = known.iter().map(|(code, name)| row(json!({"Code": code, "Name": name}))).collect();
    generic::list(pbx, asked, "LanguageItem", None, rows)
}

fn smallest(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let Answer::Object(Ty::Named(ty)) = asked.answer else { return Err(Problem::unknown_path()) };
    Ok(generic::object(pbx, asked, ty, &defaults::object(pbx.schema, ty, pbx.born)))
}

fn nothing_to_report(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    if asked.key().is_some() {
        generic::place(pbx, asked)?;
    }
    let Answer::List(Ty::Named(ty)) = asked.answer else { return Err(Problem::unknown_path()) };
    generic::list(pbx, asked, ty, None, Vec::<Row>::new())
}
