//! What a property holds that nobody set.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalog::{Property, Ty};
use crate::sandbox::members::{ROLES, rights};
use crate::sandbox::schema::Schema;
use crate::sandbox::store::Row;

/// Objects deeper inside than this stay empty: some types contain themselves.
const MAX_DEPTH: u8 = 4;

/// Gives every property of the type that the row lacks its default.
pub(super) fn fill(schema: Schema, ty: &str, row: &mut Row, now: Timestamp) {
    for property in schema.properties(ty) {
        if !row.contains_key(property.name)
            && let Some(value) = default(schema, ty, property, now, 0)
        {
            row.insert(property.name.to_owned(), value);
        }
    }
}

/// The smallest sensible object of a type.
pub(super) fn object(schema: Schema, ty: &str, now: Timestamp) -> Row {
    let mut row = Row::new();
    fill(schema, ty, &mut row, now);
    row
}

fn default(schema: Schema, ty: &str, property: &Property, now: Timestamp, depth: u8) -> Option<Value> {
    if let Some(value) = known(ty, property.name) {
        return Some(value);
    }
    if property.navigation {
        return None;
    }
    let complex = matches!(property.ty, Ty::Named(name) if !schema.is_enum(name));
    let unset = matches!(property.ty, Ty::DateTime | Ty::Date | Ty::Time | Ty::Guid | Ty::Duration | Ty::Any);
    if property.nullable && (complex || unset) {
        return Some(Value::Null);
    }
    Some(zero(schema, property.ty, now, depth))
}

/// A value that fits the type.
pub(super) fn zero(schema: Schema, ty: Ty, now: Timestamp, depth: u8) -> Value {
    match ty {
        Ty::String => json!(""),
        Ty::Bool => json!(false),
        Ty::Int32 | Ty::Int64 | Ty::UInt8 | Ty::Decimal | Ty::Double => json!(0),
        Ty::DateTime => json!(now.to_string()),
        Ty::Date => json!("2026-01-01"),
        Ty::Time => json!("00:00:00"),
        Ty::Duration => json!("PT0S"),
        Ty::Guid => json!("00000000-0000-0000-0000-000000000000"),
        Ty::Any => Value::Null,
        Ty::List(_) => json!([]),
        Ty::Named(name) if schema.is_enum(name) => json!(schema.first_value(name)),
        Ty::Named(_) if depth == MAX_DEPTH => json!({}),
        Ty::Named(name) => {
            let properties = schema.properties(name).filter_map(|property| {
                Some((property.name.to_owned(), default(schema, name, property, now, depth + 1)?))
            });
            Value::Object(properties.collect())
        }
    }
}

fn schedule(kind: &str) -> Value {
    json!({"IgnoreHolidays": false, "Periods": [], "Type": kind})
}

fn no_route() -> Value {
    json!({"IsPromptEnabled": false, "Prompt": "", "Route": end_call()})
}

pub(super) fn end_call() -> Value {
    json!({"External": "", "Name": "", "Number": "", "Tags": [], "To": "None", "Type": "None"})
}

/// Defaults that are not the zero of their type.
fn known(ty: &str, property: &str) -> Option<Value> {
    if let Some(value) = known_extension(ty, property) {
        return Some(value);
    }
    Some(match (ty, property) {
        ("Group", "AllowCallService") => json!(true),
        ("Group" | "User", "Language") => json!("EN"),
        ("Group" | "User" | "Queue" | "Receptionist", "PromptSet") => json!("1e6ed594-af95-4bb4-af56-b957ac87d6d7"),
        ("Group" | "OfficeHours", "TimeZoneId") => json!("51"),
        ("Group", "CurrentGroupHours") => json!("Default"),
        ("Group" | "User", "Hours") => schedule("AllHours"),
        ("Group" | "User" | "OfficeHours", "BreakTime") => schedule("Never"),
        ("Group", "OfficeRoute" | "OutOfOfficeRoute" | "BreakRoute" | "HolidaysRoute") => no_route(),
        ("Group", "Props") => json!({
            "DectMaxCount": 10, "LiveChatMaxCount": 20, "OutboundRulesMaxCount": 50, "PersonalContactsMaxCount": 500,
            "PromptsMaxCount": 50, "SbcMaxCount": 20, "SystemNumberFrom": "800", "SystemNumberTo": "899",
            "TrunkNumberFrom": "10000", "TrunkNumberTo": "10099", "TrunksMaxCount": 10, "UserNumberFrom": "100",
            "UserNumberTo": "799",
        }),
        ("Group", "Rights") => ROLES.iter().map(|role| rights(role)).collect(),
        ("Rights", "RoleName") => json!("users"),
        ("InboundRule", "CallType") => json!("AllCalls"),
        ("InboundRule", "Condition") => json!("BasedOnDID"),
        ("InboundRule", "Hours") => schedule("AllHours"),
        ("InboundRule", "OfficeHoursDestination" | "OutOfOfficeHoursDestination" | "HolidaysDestination") => end_call(),
        ("Holiday", "TimeOfStartDate") => json!("P0D"),
        ("Holiday", "TimeOfEndDate") => json!("P1D"),
        ("Contact", "ContactType") => json!("3CX"),
        ("CallFlowApp", "RoutingType") => json!("DialCode"),
        ("CallFlowApp", "CompilationSucceeded" | "IsRegistered") => json!(true),
        ("Trunk", "Direction") => json!("Both"),
        ("Trunk", "EnableInboundCalls" | "EnableOutboundCalls" | "IsOnline") => json!(true),
        ("Trunk", "SimultaneousCalls") => json!(10),
        ("ServiceInfo", "Status") => json!("Running"),
        ("ServiceInfo", "RestartEnabled" | "StartStopEnabled") => json!(true),
        ("PromptSet", "PromptSetType") => json!("Custom"),
        ("ServicePrincipal", "XAPIEnabled") => json!(true),
        _ => return None,
    })
}

/// Of users, queues, ring groups and receptionists.
fn known_extension(ty: &str, property: &str) -> Option<Value> {
    Some(match (ty, property) {
        ("User", "Enabled" | "VMEnabled" | "CallUsEnablePhone" | "CallUsEnableChat" | "AllowOwnRecordings") => {
            json!(true)
        }
        ("User", "MyPhonePush" | "MyPhoneShowRecordings" | "PbxDeliversAudio" | "SendEmailMissedCalls") => json!(true),
        ("User", "CurrentProfileName") => json!("Available"),
        ("User", "ForwardingProfiles") => profiles(),
        ("User", "ForwardingExceptions" | "Greetings" | "Phones") => json!([]),
        ("User", "QueueStatus") => json!("LoggedIn"),
        ("User", "PinProtectTimeout") => json!(60),
        ("User" | "Queue" | "RingGroup" | "Receptionist" | "Fax" | "Parking" | "Trunk", "TranscriptionMode") => {
            json!("Inherit")
        }
        ("Queue" | "RingGroup" | "Receptionist", "IsRegistered") => json!(true),
        ("Queue", "Agents" | "Managers") | ("RingGroup", "Members") | ("Receptionist", "Forwards") => json!([]),
        ("Queue" | "RingGroup", "ForwardNoAnswer") => end_call(),
        (
            "Queue" | "RingGroup" | "Receptionist",
            "OfficeRoute" | "OutOfOfficeRoute" | "BreakRoute" | "HolidaysRoute",
        ) => no_route(),
        ("Queue", "RingTimeout") | ("RingGroup", "RingTime") => json!(20),
        ("Queue", "MasterTimeout") => json!(1800),
        ("Queue", "MaxCallersInQueue") => json!(20),
        ("Queue", "SLATime") => json!(60),
        ("Queue", "WrapUpTime") => json!(10),
        ("Queue", "AnnouncementInterval") => json!(30),
        ("Queue", "Recording") => json!("Disabled"),
        ("Receptionist", "Timeout") => json!(5),
        ("Receptionist", "TimeoutForwardType") => json!("EndCall"),
        _ => return None,
    })
}

/// The five statuses that every extension has.
pub(super) fn profiles() -> Value {
    let voicemail = json!({"External": "", "Name": "", "Number": "", "Tags": [], "To": "VoiceMail", "Type": "None"});
    let available = json!({
        "BusyAllCalls": true, "BusyExternal": voicemail, "BusyInternal": voicemail, "NoAnswerAllCalls": true,
        "NoAnswerExternal": voicemail, "NoAnswerInternal": voicemail, "NotRegisteredAllCalls": true,
        "NotRegisteredExternal": voicemail, "NotRegisteredInternal": voicemail,
    });
    let away = json!({
        "AllHoursExternal": true, "AllHoursInternal": true, "External": voicemail, "Internal": voicemail,
    });
    let profile = |(place, name): (usize, &str)| {
        let is_available = name.starts_with("Available") || name == "Custom 1";
        json!({
            "AcceptMultipleCalls": true, "BlockPushCalls": false, "CustomMessage": "", "CustomName": "",
            "DisableRingGroupCalls": false, "Id": place + 1, "Name": name, "NoAnswerTimeout": 20,
            "OfficeHoursAutoQueueLogOut": false, "RingMyMobile": false,
            "AvailableRoute": is_available.then_some(&available), "AwayRoute": (!is_available).then_some(&away),
        })
    };
    ["Available", "Away", "Out of office", "Custom 1", "Custom 2"].into_iter().enumerate().map(profile).collect()
}
