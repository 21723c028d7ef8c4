//! Reports about extensions, ring groups, and calls with the outside.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::asking::{answered, in_area, numbers};
use crate::sandbox::behaviour::reports::{Named, calls, chosen, members_of, span};
use crate::sandbox::dn;
use crate::sandbox::logs::call_rows::duration;
use crate::sandbox::logs::calls::{Direction, EXTENSION, Shown};
use crate::sandbox::logs::time;
use crate::sandbox::members;
use crate::sandbox::problem::Problem;
use crate::sandbox::rows::row;
use crate::sandbox::store::Row;

#[derive(Default)]
struct Counts {
    name: String,
    answered: i64,
    unanswered: i64,
    talking: i64,
    out_answered: i64,
    out_unanswered: i64,
    out_talking: i64,
}

/// Calls from and to each extension. A queue's or ring group's call counts for whoever took it; a lost one for nobody.
pub(super) fn extensions(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let wanted = numbers(asked, "extensionFilter");
    let members = members_of(pbx, asked, "groupNumber");
    let takes = |number: &str| {
        (wanted.is_empty() || wanted.contains(&number)) && members.as_ref().is_none_or(|list| list.contains(&number))
    };
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for user in chosen(pbx, "Users", &[]) {
        counts.insert(user.number, Counts { name: user.name, ..Counts::default() });
    }
    for shown in calls(pbx, asked).into_iter().filter(|shown| in_area(*shown, asked.integer("callArea"))) {
        let talking = i64::from(shown.call.talking);
        for (side, out) in [(shown.source(), true), (shown.destination(), false)] {
            if side.dn_type != EXTENSION {
                continue;
            }
            // Who has left the company is still in its log.
            let entry = counts
                .entry(side.dn.to_owned())
                .or_insert_with(|| Counts { name: side.name.to_owned(), ..Counts::default() });
            let (answered, unanswered, total) = match out {
                true => (&mut entry.out_answered, &mut entry.out_unanswered, &mut entry.out_talking),
                false => (&mut entry.answered, &mut entry.unanswered, &mut entry.talking),
            };
            *(if shown.call.answered() { answered } else { unanswered }) += 1;
            *total += talking;
        }
    }
    let line = |(number, counts): (String, Counts)| {
        row(json!({
            "Dn": number, "DisplayName": counts.name, "InboundAnsweredCount": counts.answered,
            "InboundAnsweredTalkingDur": span(counts.talking), "InboundUnansweredCount": counts.unanswered,
            "OutboundAnsweredCount": counts.out_answered, "OutboundAnsweredTalkingDur": span(counts.out_talking),
            "OutboundUnansweredCount": counts.out_unanswered, "SentimentScore": 0,
        }))
    };
    Ok(counts.into_iter().filter(|(number, _)| takes(number)).map(line).collect())
}

pub(super) fn ring_groups(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let calls = calls(pbx, asked);
    let line = |group: Named| {
        let own = || calls.iter().filter(|shown| shown.ring_group().is_some_and(|own| own.number == group.number));
        row(json!({
            "RingGroupDn": group.number, "RingGroupDisplayName": group.name, "RingGroupReceivedCount": own().count(),
            "RingGroupAnsweredCount": own().filter(|shown| shown.call.answered()).count(),
            "RingGroupSentimentScore": 0,
        }))
    };
    Ok(chosen(pbx, "RingGroups", &numbers(asked, "ringGroupDns")).into_iter().map(line).collect())
}

/// A line for each member of each ring group.
pub(super) fn ring_group_extensions(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let calls = calls(pbx, asked);
    let mut lines = Vec::new();
    for group in chosen(pbx, "RingGroups", &numbers(asked, "ringGroupDns")) {
        let own: Vec<&Shown<'_>> =
            calls.iter().filter(|shown| shown.ring_group().is_some_and(|own| own.number == group.number)).collect();
        let unanswered = own.iter().filter(|shown| !shown.call.answered()).count();
        let mut people: BTreeMap<&str, (&str, i64)> = BTreeMap::new();
        for shown in own.iter().filter(|shown| shown.call.answered()) {
            let person = shown.person();
            people.entry(person.dn).or_insert((person.name, 0)).1 += 1;
        }
        for (place, (number, (name, answered))) in people.into_iter().enumerate() {
            lines.push(row(json!({
                "RingGroupDn": group.number, "RingGroupDisplayName": group.name, "ExtensionDn": number,
                "ExtensionDisplayName": name, "ExtensionAnsweredCount": answered, "SentimentScore": 0,
                "RingGroupReceivedCount": own.len(), "RingGroupUnansweredCount": unanswered, "SortOrder": place,
            })));
        }
    }
    Ok(lines)
}

/// What both reports about trunks tell of a call.
fn over_trunk(pbx: &Pbx, asked: &Asked, direction: Direction) -> Vec<Row> {
    let trunks = numbers(asked, "trunkDns");
    let wanted = answered(asked.integer("callsType"));
    let takes = |shown: &Shown<'_>| {
        let trunk = shown.line().map_or("", |line| line.trunk.number.as_str());
        shown.call.direction == direction
            && wanted.is_none_or(|wanted| wanted == shown.call.answered())
            && (trunks.is_empty() || trunks.contains(&trunk))
    };
    let line = |shown: Shown<'_>| {
        let (call, source, destination) = (shown.call, shown.source(), shown.destination());
        let (did, rule, trunk) = shown.line().map_or(("", "", None), |line| (&line.did, &line.rule, Some(&line.trunk)));
        row(json!({
            "CallHistoryId": shown.guid(1), "CdrId": shown.guid(2), "StartTime": time(call.start), "Did": did,
            "RuleName": rule, "TrunkName": trunk.map(|trunk| &trunk.name), "TrunkNumber": trunk.map(|trunk| &trunk.number),
            "Answered": call.answered(), "Status": if call.answered() { "Answered" } else { "Unanswered" },
            "CallCost": shown.cost(), "CallDuration": span(call.end() - call.start),
            "RingingDuration": duration(call.ringing), "TalkingDuration": duration(call.talking),
            "SourceDn": source.dn, "SourceCallerId": source.caller_number, "SourceDisplayName": source.name,
            "DestinationDn": destination.dn, "DestinationDisplayName": destination.name,
            "DestinationCallerId": destination.caller_number, "DestinationCalleeId": destination.caller_number,
            "QualityReport": false, "RecordingId": null, "RecordingUrl": "", "Recordings": [], "SentimentScore": 0,
            "Summary": "", "Transcription": "",
        }))
    };
    calls(pbx, asked).into_iter().rev().filter(takes).map(line).collect()
}

pub(super) fn inbound(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    Ok(over_trunk(pbx, asked, Direction::Inbound))
}

pub(super) fn outbound(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    Ok(over_trunk(pbx, asked, Direction::Outbound))
}

/// What the members of departments spent on calls to the outside.
pub(super) fn costs(pbx: &Pbx, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let members = members_of(pbx, asked, "groupFilter");
    // Ids of segments are numbers in the oldest release only.
    let numbered = pbx.is_before("20.0.6");
    let outbound = calls(pbx, asked).into_iter().filter(|shown| shown.call.direction == Direction::Outbound);
    let outbound: Vec<Shown<'_>> = outbound.collect();
    // Whoever still has a number, with the department; looked up once, not for each of very many calls.
    let mut departments: HashMap<&str, Option<Value>> = HashMap::new();
    for shown in &outbound {
        departments.entry(shown.source().dn).or_insert_with_key(|number| {
            let groups = members::groups_of(&pbx.store, number);
            dn::find(&pbx.store, number).map(|_| groups.first().map_or(Value::Null, |group| group["Name"].clone()))
        });
    }
    let line = |shown: Shown<'_>| {
        let (call, source, destination) = (shown.call, shown.source(), shown.destination());
        let group = departments.get(source.dn).cloned().flatten();
        let segment = if numbered { json!(call.id) } else { json!(shown.guid(2)) };
        row(json!({
            "BillingCost": shown.cost(), "CallType": "National", "DstDn": destination.caller_number,
            "DstDnClass": destination.dn_type, "GroupName": group, "IsAnswered": call.answered(),
            "RingingDur": duration(call.ringing), "SegId": segment, "SrcDisplayName": source.name, "SrcDn": source.dn,
            "StartTime": time(call.start), "TalkingDur": duration(call.talking),
        }))
    };
    let is_known = |shown: &Shown<'_>| departments.get(shown.source().dn).is_some_and(Option::is_some);
    let known = outbound.into_iter().filter(is_known);
    Ok(known.filter(|shown| members.as_ref().is_none_or(|list| list.contains(&shown.source().dn))).map(line).collect())
}
