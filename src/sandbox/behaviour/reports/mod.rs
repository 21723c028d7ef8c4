//! Reports: every one is counted from the same calls and chats, so that their totals agree. Each exists as a list and
//! as a file.

mod calls;
mod charts;
mod chats;
mod queues;

use serde_json::{Value, json};

use crate::catalog::{Answer, Ty};
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::Behaviour;
use crate::sandbox::behaviour::asking::{Period, numbers};
use crate::sandbox::behaviour::audit;
use crate::sandbox::dn;
use crate::sandbox::downloads;
use crate::sandbox::generic;
use crate::sandbox::logs::calls::Shown;
use crate::sandbox::problem::Problem;
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::scalar::write_duration;
use crate::sandbox::store::{Row, text, value};

type Report = fn(&Pbx, &Asked) -> Result<Vec<Row>, Problem>;

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    if name.ends_with("_call_quality_report") {
        return Some(quality);
    }
    report(resource).map(|_| answer as Behaviour)
}

fn report(resource: &str) -> Option<Report> {
    Some(match resource {
        "report_abandoned_chats_statistics" => chats::abandoned,
        "report_abandoned_queue_calls" => queues::abandoned,
        "report_agent_login_history" => queues::login_history,
        "report_agents_in_queue_statistics" => queues::agents,
        "report_audit_log" => |pbx, _| Ok(audit::rows(pbx)),
        "report_average_queue_waiting_time" => charts::average_waiting,
        "report_breaches_sla" => queues::breaches,
        "report_call_cost_by_extension_group" => calls::costs,
        "report_call_distribution" => charts::distribution,
        "report_detailed_queue_statistics" => queues::detailed,
        "report_extension_statistics" | "report_extension_statistics_by_group" => calls::extensions,
        "report_extensions_statistics_by_ring_groups" => calls::ring_group_extensions,
        "report_inbound_calls" => calls::inbound,
        "report_inbound_rules" => |pbx, _| Ok(inbound_rules(pbx)),
        "report_outbound_calls" => calls::outbound,
        "report_queue_agents_chat_statistics" => chats::agents,
        "report_queue_agents_chat_statistics_totals" => chats::agent_totals,
        "report_queue_an_un_calls" => charts::answered_and_not,
        "report_queue_answered_calls_by_wait_time" => queues::by_wait_time,
        "report_queue_callbacks" => queues::callbacks,
        "report_queue_chat_performance" => chats::performance,
        // Every callback that was asked for reached its caller.
        "report_queue_failed_callbacks" => |_, _| Ok(Vec::new()),
        "report_queue_performance_overview" => queues::overview,
        "report_queue_performance_totals" => queues::totals,
        "report_ring_group_statistics" => calls::ring_groups,
        "report_statistic_sla" => queues::sla,
        "report_team_queue_general_statistics" => queues::teams,
        "report_user_activity" => charts::activity,
        _ => return None,
    })
}

fn answer(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let operation = asked.route.operation;
    let report = report(operation.resource).ok_or_else(Problem::unknown_path)?;
    let Answer::List(Ty::Named(ty)) = asked.answer else { return Err(Problem::unknown_path()) };
    let rows = report(pbx, asked)?;
    if operation.name.starts_with("download_") {
        let file = operation.name.trim_start_matches("download_").replace('_', "-");
        return downloads::table(pbx, asked, ty, &format!("{file}.csv"), rows);
    }
    generic::list(pbx, asked, ty, None, rows)
}

/// The ended calls of the report's period, oldest first.
fn calls<'a>(pbx: &'a Pbx, asked: &Asked) -> Vec<Shown<'a>> {
    let period = Period::of(asked);
    let logs = pbx.logs();
    let calls = logs.calls(pbx.now()).into_iter().filter(|call| period.covers(call.start));
    calls.map(|call| logs.shown(call)).collect()
}

/// Something with a number and a name that a report has a line for.
struct Named {
    number: String,
    name: String,
}

/// What a set has now, as the numbers of a filter choose it. No numbers choose all.
fn chosen(pbx: &Pbx, set: &str, wanted: &[&str]) -> Vec<Named> {
    let rows = pbx.store.rows(set).iter().filter(|row| wanted.is_empty() || wanted.contains(&text(row, "Number")));
    let mut named: Vec<Named> =
        rows.map(|row| Named { number: text(row, "Number").to_owned(), name: dn::name(row) }).collect();
    named.sort_by(|a, b| a.number.cmp(&b.number));
    named
}

/// The numbers of everybody in the departments of a filter, or None for no filter.
fn members_of<'a>(pbx: &'a Pbx, asked: &Asked, field: &str) -> Option<Vec<&'a str>> {
    let wanted = numbers(asked, field);
    if wanted.is_empty() {
        return None;
    }
    let groups = pbx.store.rows("Groups").iter();
    let groups =
        groups.filter(|group| wanted.iter().any(|name| [text(group, "Number"), text(group, "Name")].contains(name)));
    let members = groups.flat_map(|group| value(group, "Members").as_array().into_iter().flatten());
    Some(members.filter_map(|member| member["Number"].as_str()).collect())
}

fn span(milliseconds: i64) -> Value {
    json!(write_duration(milliseconds))
}

fn average(total: i64, count: i64) -> Value {
    span(if count == 0 { 0 } else { total / count })
}

fn inbound_rules(pbx: &Pbx) -> Vec<Row> {
    let line = |rule: &Row| {
        row(json!({
            "DID": value(rule, "Data"), "Id": value(rule, "Id"), "RuleName": value(rule, "RuleName"),
            "InOfficeRouting": value(rule, "OfficeHoursDestination"),
            "OutOfficeRouting": value(rule, "OutOfOfficeHoursDestination"), "Trunk": value(rule, "TrunkDN")["Number"],
        }))
    };
    pbx.store.rows("InboundRules").iter().map(line).collect()
}

/// Calls of the sandbox sound well.
fn quality(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let report = json!({
        "MOS": 4.3, "OverallScore": 5, "Party1": null, "Party2": null, "Reason": "", "Summary": 0, "Transcoding": false,
    });
    Ok(generic::object(pbx, asked, "QualityReport", &row(report)))
}
