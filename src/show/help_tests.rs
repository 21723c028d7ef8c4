use crate::catalog::Catalog;
use crate::catalog::overlay::{meant_by, pairs};
use crate::show::help::Help;
use crate::show::{How, reference, text};

fn help(width: usize) -> Help<'static> {
    Help { catalog: Catalog::builtin(), release: None, how: How { width, ..How::default() } }
}

#[test]
fn every_resource_operation_and_type_has_a_page() {
    let catalog = Catalog::builtin();
    let releases: Vec<_> = catalog.releases.iter().map(|name| catalog.release(name)).chain([None]).collect();
    for (at, resource) in catalog.resources.iter().enumerate() {
        let help = Help { release: releases[at % releases.len()], ..help(80) };
        let page = help.topic(resource.name).unwrap_or_default();
        for operation in &resource.operations {
            assert!(page.contains(&format!("{}(", operation.name)), "{page}");
            let page = help.topic(&format!("pbx.{}", operation.full_name())).unwrap_or_default();
            assert!(page.contains("effect    ") && page.contains("gives     "), "{page}");
        }
    }
    for ty in &catalog.types {
        let page = help(60).topic(ty.name).unwrap_or_default();
        assert!(page.lines().count() > 1 && !page.contains('\x1b'), "{page}");
    }
}

#[test]
fn an_operation_tells_what_it_takes() {
    let page = help(80).topic("users.update").unwrap_or_default();
    for wanted in [
        "pbx.users.update(Id, User)",
        "effect    update",
        "  Id  int32, the key",
        "Body, a User or a map",
        "  FirstName ",
    ] {
        assert!(page.contains(wanted), "{wanted}\n{page}");
    }
    let page = help(80).topic("activity_log.get_logs(").unwrap_or_default();
    assert!(page.contains("may be left out") && page.contains("only 20.0.5"), "{page}");
    let page = help(80).topic("trunks.get_trunk_by_number").unwrap_or_default();
    assert!(page.contains("`get_by_number` is the same"), "{page}");
    assert!(help(80).topic("PeerType").unwrap_or_default().contains("PeerType::Extension"));
}

#[test]
fn functions_have_pages_too() {
    for doc in reference::docs() {
        // Of two that differ in what they take, the first one answers to the name.
        if doc.name.contains('(') {
            continue;
        }
        for topic in [doc.name.to_owned(), doc.name.replace("::", "."), format!("{}(", doc.name)] {
            let page = help(80).topic(&topic).unwrap_or_default();
            let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(doc.calls.iter().all(|call| page.contains(call)) && !page.contains('\x1b'), "{topic}: {page}");
        }
        if let Some(group) = reference::group(doc.name) {
            assert!(help(200).topic(group).unwrap_or_default().contains(doc.calls[0]), "{group}");
        }
    }
    assert_eq!(
        help(60).topic("sleep").unwrap_or_default(),
        "sleep(seconds)\nWaits. Seconds may have a fraction, or be a `Duration` like\n`minutes(5)`; Ctrl-C ends the wait and the script.\n\n  sleep(0.01);"
    );
    assert_eq!(help(80).topic("slep"), Err("nothing is called `slep`; near it: `sleep`".to_owned()));
}

#[test]
fn an_unknown_topic_names_what_is_near() {
    let near = |topic: &str| help(80).topic(topic).err().unwrap_or_default();
    assert_eq!(near("usr"), "nothing is called `usr`; near it: `User`");
    assert_eq!(near("users.lst"), "nothing is called `users.lst`; near it: `users.list`");
    assert_eq!(near("xyzzy"), "nothing is called `xyzzy`; `:ops xyzzy` searches the descriptions");
}

/// The first operation that is found.
fn first(words: &str) -> String {
    help(200).search(words).split_whitespace().next().unwrap_or_default().to_owned()
}

#[test]
fn search_looks_into_names_and_lines() {
    let found = help(100).search("drop call");
    assert!(found.starts_with("active_calls.drop_call  ends a call in progress at once;"), "{found}");
    assert!(found.lines().all(|line| text::width(line) <= 100));
    assert_eq!(help(80).search("xyzzy"), "no operation has to do with xyzzy");
    assert!(help(80).search("get").ends_with("more"));
    let some = help(80).search("xyzzy queue");
    assert!(some.starts_with("no operation has to do with all of these words"), "{some}");
}

/// What administrators ask for, and what answers it: one of these is among the first three.
const ASKED: [(&str, &str); 84] = [
    ("voicemail greeting", "users.list_greetings"),
    ("record a greeting", "users.make_call_user_record_greeting"),
    ("block caller", "black_list_numbers.create"),
    ("block ip", "blocklist.create"),
    ("unblock ip address", "blocklist.delete"),
    ("blacklist", "black_list_numbers.list"),
    ("whitelist an address", "blocklist.create"),
    ("who is on the phone", "active_calls.list"),
    ("active calls", "active_calls.list"),
    ("hang up a call", "active_calls.drop_call"),
    ("make a call", "users.make_call"),
    ("office hours", "office_hours.get"),
    ("opening hours", "office_hours.get"),
    ("business hours of a department", "groups.list"),
    ("public holidays", "holidays.list"),
    ("DID", "did_numbers.list"),
    ("phone numbers", "did_numbers.list"),
    ("inbound route", "inbound_rules.list"),
    ("outbound rules order", "outbound_rules.move_up_down"),
    ("call forwarding when busy", "users.list_forwarding_profiles"),
    ("forwarding profile", "users.list_forwarding_profiles"),
    ("reset password", "users.regenerate_passwords"),
    ("reset voicemail pin", "users.regenerate"),
    ("new user", "users.create"),
    ("delete many users", "users.batch_delete"),
    ("edit several extensions", "users.bulk_update"),
    ("export extensions", "users.export_extensions"),
    ("next free extension", "users.get_first_available_extension_number"),
    ("outbound caller id", "users.update"),
    ("welcome email", "users.send_welcome_email"),
    ("qr code app", "users.generate_prov_link"),
    ("provision phone", "users.reprovision_phone"),
    ("reboot phone", "users.reboot_phone"),
    ("firmware upgrade", "users.upgrade_phone"),
    ("desk phones", "sip_devices.list"),
    ("mac address of a phone", "users.get_phone_registrar"),
    ("export call log", "report_call_log_data.download_call_log"),
    ("call history", "report_call_log_data.get_call_log_data"),
    ("cdr", "cdr_settings.get"),
    ("call quality MOS", "report_call_log_data.get_call_quality_report"),
    ("sip trunk status", "trunks.list"),
    ("trunk registration", "trunks.refresh_registration"),
    ("test a trunk", "trunks.test_outbound_call"),
    ("create sip trunk from template", "trunks.init_trunk"),
    ("IVR", "receptionists.list"),
    ("auto attendant menu", "receptionists.list_forwards"),
    ("department members", "groups.list_members"),
    ("roles and rights", "groups.list_rights"),
    ("ring group", "ring_groups.list"),
    ("hunt group members", "ring_groups.list_members"),
    ("queue agents", "queues.list_agents"),
    ("agent login history", "report_agent_login_history.get_agent_login_history_data"),
    ("queue statistics", "report_detailed_queue_statistics.get_detailed_queue_statistics_data"),
    ("abandoned calls", "report_abandoned_queue_calls.get_abandoned_queue_calls_data"),
    ("sla report", "report_statistic_sla.get_statistic_sla_data"),
    ("scheduled reports", "scheduled_reports.list"),
    ("recordings download", "recordings.download_recording"),
    ("transcribe recording", "recordings.transcribe_recordings"),
    ("delete old recordings", "recordings.bulk_recordings_delete"),
    ("backup schedule", "backups.get_backup_settings"),
    ("make a backup", "backups.backup"),
    ("restore backup", "backups.restore"),
    ("failover", "backups.get_backup_failover_settings"),
    ("license", "license_status.get"),
    ("license key", "license_status.replace_license_key"),
    ("firewall", "firewall.start_check"),
    ("conference", "conference_settings.get"),
    ("sms", "chat_history_view.list"),
    ("chat messages export", "chat_history_view.download_chat_history"),
    ("teams", "microsoft365_teams_integration.get"),
    ("office 365 users", "microsoft365_integration.get_m365_users"),
    ("crm", "crm_integration.get"),
    ("phonebook", "contacts.list"),
    ("music on hold", "music_on_hold_settings.get"),
    ("upload prompt", "custom_prompts.upload"),
    ("restart services", "services.restart_all"),
    ("reboot the server", "services.restart_operating_system"),
    ("disk space", "system_status.get"),
    ("cpu memory", "system_status.system_telemetry"),
    ("updates", "updates.get_updates"),
    ("who changed a setting", "report_audit_log.get_audit_log_data"),
    ("email server", "mail_settings.get"),
    ("api client secret", "service_principals.generate_app_token"),
    ("emergency numbers", "outbound_rules.get_emergency_outbound_rules"),
];

#[test]
fn search_knows_the_words_of_the_field() {
    let found = |words: &str| -> Vec<String> {
        let help = help(1000);
        let name = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
        help.search(words).lines().filter(|line| !line.starts_with("no operation")).take(3).map(name).collect()
    };
    let lost = ASKED.iter().filter(|(words, wanted)| !found(words).iter().any(|name| name == wanted));
    let lost: Vec<String> =
        lost.map(|(words, wanted)| format!("{words}: {wanted} not in {:?}", found(words))).collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    for (words, wanted) in [
        ("extension", "users.list"),
        ("Extensions", "users.list"),
        ("IVR", "receptionists.list"),
        ("department", "groups.list"),
        ("DID", "did_numbers.list"),
        ("add queue", "queues.create"),
        ("remove department", "groups.delete"),
        ("change extension", "users.update"),
        ("monitor status", "users.get_monitor_status"),
        ("chat history", "chat_history_view.list"),
    ] {
        assert_eq!(first(words), wanted, "{words}");
    }
    for (word, meant) in pairs(include_str!("../../catalog/synonyms.txt")) {
        for name in meant.split_whitespace() {
            let catalog = Catalog::builtin();
            let known = match name.split_once('.') {
                Some((resource, operation)) => catalog.operation(resource, operation).is_some(),
                None => catalog.resource(name).is_some(),
            };
            assert!(known, "{word}: {name}");
        }
        assert!(meant_by(word).eq(meant.split_whitespace()), "{word}");
    }
}

#[test]
fn a_property_has_a_page() {
    let page = help(80).topic("user.transcriptionmode").unwrap_or_default();
    assert!(page.starts_with("User.TranscriptionMode\n\n  TranscriptionMode  TranscriptionType?"), "{page}");
    assert!(page.contains("TranscriptionType::Voicemail"), "{page}");
    assert_eq!(
        help(80).topic("User.FirstNam").err().unwrap_or_default(),
        "nothing is called `User.FirstNam`; near it: `User.FirstName`"
    );
}

/// Every page that there is, with its topic.
fn pages(width: usize) -> Vec<(String, String)> {
    let catalog = Catalog::builtin();
    let resources = catalog.resources.iter().map(|it| it.name.to_owned());
    let operations = catalog.operations().map(|it| it.full_name());
    let types = catalog.types.iter().map(|it| it.name.to_owned());
    let properties = |ty: &crate::catalog::Type| -> Vec<String> {
        catalog.properties(ty.name).iter().map(|it| format!("{}.{}", ty.name, it.name)).collect()
    };
    let properties = catalog.types.iter().flat_map(properties);
    let functions = reference::docs().map(|doc| doc.name.to_owned());
    let groups = reference::grouped().into_iter().filter_map(|(group, _)| group).map(str::to_owned);
    let topics = resources.chain(operations).chain(types).chain(properties).chain(functions).chain(groups);
    topics
        .map(|topic| (topic.clone(), help(width).topic(&topic).unwrap_or_else(|wrong| format!("NONE {wrong}"))))
        .collect()
}

/// What is wrong with a page, by its lines.
fn faults(page: &str, width: usize) -> Vec<&str> {
    let lines: Vec<&str> = page.lines().collect();
    let heading = |line: &str| {
        let first = line.split([',', ' ']).next().unwrap_or_default();
        ["Parameters", "Options", "Body", "File", "Example", "Its"].contains(&first) && !line.contains('.')
    };
    let wrong = |(at, line): (usize, &&str)| {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        // A word, or a text in code, is never broken.
        let parts = line.trim_start().replace(", ", ",").split(' ').filter(|part| !part.is_empty()).count();
        let wide = text::width(line) > width && parts > 1 && !line.contains(['"', '`']);
        let empty = line.is_empty() && next.is_empty() || heading(line) && !next.starts_with("  ");
        let placeholder = ["TODO", "FIXME", "NONE", "???", "Some(", "\x1b"].iter().any(|hole| line.contains(hole));
        wide || empty || placeholder || line.ends_with(' ')
    };
    lines.iter().enumerate().filter(|it| wrong(*it)).map(|(_, line)| *line).collect()
}

#[test]
fn no_page_is_too_wide_or_has_holes() {
    let mut wrong = Vec::new();
    for width in [40, 80, 200] {
        for (topic, page) in pages(width) {
            let faults = faults(&page, width).into_iter();
            wrong.extend(faults.map(|line| format!("{width} {topic}: {line}")));
        }
    }
    assert!(wrong.is_empty(), "{} lines\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert_eq!(faults("Parameters\n\n\nx ", 40), ["Parameters", "", "x "]);
    assert_eq!(faults("a line of several words", 20), ["a line of several words"]);
}
