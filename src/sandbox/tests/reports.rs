//! Reports honour their parameters, and those that count the same calls come to the same sums.

use serde_json::Value;

use crate::sandbox::tests::World;

const PERIOD: &str = "periodFrom=2026-03-02T00:00:00Z,periodTo=2026-03-09T00:00:00Z";
const SPAN: &str = "startDt=2026-03-02T00:00:00Z,endDt=2026-03-09T00:00:00Z";

fn sum(rows: &[Value], property: &str) -> i64 {
    rows.iter().map(|row| row[property].as_i64().unwrap_or_else(|| panic!("{property} of {row}"))).sum()
}

fn rows(world: &mut World, path: &str) -> Vec<Value> {
    let answer = world.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.rows().to_vec()
}

fn call_log(world: &mut World, source: &str, destination: &str, kind: i64) -> Vec<Value> {
    let path = format!(
        "/ReportCallLogData/Pbx.GetCallLogData({PERIOD},sourceType=0,sourceFilter='{source}',destinationType=0,\
         destinationFilter='{destination}',callsType={kind},callTimeFilterType=0,callTimeFilterFrom='0:00:0',\
         callTimeFilterTo='0:00:0',hidePcalls=true)"
    );
    rows(world, &path)
}

fn extensions(world: &mut World, filter: &str, area: i64) -> Vec<Value> {
    let path = format!(
        "/ReportExtensionStatistics/Pbx.GetExtensionStatisticsData({PERIOD},extensionFilter='{filter}',callArea={area})"
    );
    rows(world, &path)
}

fn calls_of(row: &Value) -> i64 {
    ["InboundAnsweredCount", "InboundUnansweredCount", "OutboundAnsweredCount", "OutboundUnansweredCount"]
        .into_iter()
        .map(|name| row[name].as_i64().unwrap())
        .sum()
}

#[test]
fn the_call_log_and_the_extensions_agree() {
    let mut world = World::new();
    let log = call_log(&mut world, "", "", 0);
    let all = extensions(&mut world, "", 0);
    assert!(log.len() > 500 && all.len() == 17);
    let at = |property: &str, answered: bool| {
        let own = log.iter().filter(|row| row[property] == 0 && row["Answered"] == answered);
        own.count() as i64
    };
    assert_eq!(sum(&all, "OutboundAnsweredCount"), at("SourceType", true));
    assert_eq!(sum(&all, "OutboundUnansweredCount"), at("SourceType", false));
    assert_eq!(sum(&all, "InboundAnsweredCount"), at("DestinationType", true));
    assert_eq!(sum(&all, "InboundUnansweredCount"), at("DestinationType", false));
    // Calls inside and calls with the outside make up all.
    let (inside, outside) = (extensions(&mut world, "", 1), extensions(&mut world, "", 2));
    for ((all, inside), outside) in all.iter().zip(&inside).zip(&outside) {
        assert_eq!(calls_of(all), calls_of(inside) + calls_of(outside), "{all}");
    }
    let answered = call_log(&mut world, "", "", 1).len();
    assert_eq!(answered + call_log(&mut world, "", "", 2).len(), log.len());
    // Several numbers stand apart by spaces.
    let two = extensions(&mut world, "100 105", 0);
    assert_eq!(two.iter().map(|row| &row["Dn"]).collect::<Vec<_>>(), ["100", "105"]);
    let from = call_log(&mut world, "100 105", "", 0).len() as i64;
    let out = sum(&two, "OutboundAnsweredCount") + sum(&two, "OutboundUnansweredCount");
    assert_eq!(from, out);
    let path = format!(
        "/ReportExtensionStatisticsByGroup/Pbx.GetExtensionStatisticsByGroupData(groupNumber='GRP0001',{PERIOD},callArea=0)"
    );
    let sales = rows(&mut world, &path);
    assert!(!sales.is_empty() && sales.len() < all.len());
    assert!(
        sales.iter().all(|row| all.iter().any(|other| other["Dn"] == row["Dn"] && calls_of(other) == calls_of(row)))
    );
}

#[test]
fn trunk_reports_split_the_call_log() {
    let mut world = World::new();
    let log = call_log(&mut world, "", "", 0);
    let of = |direction: &str| log.iter().filter(|row| row["Direction"] == direction).count();
    let report = |world: &mut World, name: &str, trunks: &str, kind: i64| {
        let path = format!("/Report{name}Calls/Pbx.Get{name}Calls({PERIOD},trunkDns='{trunks}',callsType={kind})");
        rows(world, &path)
    };
    for name in ["Inbound", "Outbound"] {
        let all = report(&mut world, name, "", 0);
        assert_eq!(all.len(), of(name), "{name}");
        let (one, other) = (report(&mut world, name, "10000", 0), report(&mut world, name, "10001", 0));
        assert_eq!(one.len() + other.len(), all.len(), "{name}");
        let (yes, no) = (report(&mut world, name, "", 1), report(&mut world, name, "", 2));
        assert_eq!(yes.len() + no.len(), all.len(), "{name}");
        assert!(all.iter().all(|row| !row["RuleName"].as_str().unwrap().is_empty()));
    }
    let path = format!(
        "/ReportCallCostByExtensionGroup/Pbx.GetCallCostByExtensionGroupData({PERIOD},groupFilter='',callClass=0)"
    );
    let costs = rows(&mut world, &path);
    let total = |rows: &[Value], name: &str| rows.iter().filter_map(|row| row[name].as_f64()).sum::<f64>();
    assert!((total(&costs, "BillingCost") - total(&log, "CallCost")).abs() < 0.001);
}

#[test]
fn queue_reports_agree() {
    let mut world = World::new();
    let log = call_log(&mut world, "", "", 0);
    let queued = |queue: &str, answered: Option<bool>| {
        let own = log.iter().filter(|row| row["actionDnDn"] == queue);
        own.filter(|row| answered.is_none_or(|wanted| row["Answered"] == wanted)).count() as i64
    };
    for queue in ["800", "801", "802"] {
        let (all, yes, no) = (queued(queue, None), queued(queue, Some(true)), queued(queue, Some(false)));
        let by_period = |resource: &str, function: &str| {
            format!("/{resource}/Pbx.{function}({PERIOD},queueDns='{queue}',waitInterval='0:00:0')")
        };
        let by_span = |resource: &str, function: &str| {
            format!("/{resource}/Pbx.{function}(queueDnStr='{queue}',{SPAN},waitInterval='0:00:0')")
        };
        let totals = rows(&mut world, &by_period("ReportQueuePerformanceTotals", "GetQueuePerformanceTotalsData"));
        assert_eq!(sum(&totals, "QueueReceivedCount"), all);
        assert_eq!((sum(&totals, "ExtensionAnsweredCount"), sum(&totals, "ExtensionDroppedCount")), (yes, no));
        let overview =
            rows(&mut world, &by_period("ReportQueuePerformanceOverview", "GetQueuePerformanceOverviewData"));
        assert_eq!((sum(&overview, "ExtensionAnsweredCount"), sum(&overview, "ExtensionDroppedCount")), (yes, no));
        let abandoned = rows(&mut world, &by_period("ReportAbandonedQueueCalls", "GetAbandonedQueueCallsData"));
        assert_eq!(abandoned.len() as i64, no);
        let detailed = rows(&mut world, &by_span("ReportDetailedQueueStatistics", "GetDetailedQueueStatisticsData"));
        assert_eq!((sum(&detailed, "CallsCount"), sum(&detailed, "AnsweredCount")), (all, yes));
        let teams = rows(&mut world, &by_span("ReportTeamQueueGeneralStatistics", "GetTeamQueueGeneralStatisticsData"));
        assert_eq!((sum(&teams, "ReceivedCount"), sum(&teams, "AnsweredCount")), (all, yes));
        let agents = rows(&mut world, &by_span("ReportAgentsInQueueStatistics", "GetAgentsInQueueStatisticsData"));
        assert_eq!((sum(&agents, "AnsweredCount"), sum(&agents, "LostCount")), (yes, no));
        let sla = rows(&mut world, &by_span("ReportStatisticSla", "GetStatisticSlaData"));
        let breaches = rows(&mut world, &by_span("ReportBreachesSla", "GetBreachesSlaData"));
        assert_eq!((sum(&sla, "ReceivedCount"), sum(&sla, "BadSlaCallsCount")), (all, breaches.len() as i64));
        let path = format!(
            "/ReportQueueAnsweredCallsByWaitTime/Pbx.GetQueueAnsweredCallsByWaitTimeData(queueDnStr='{queue}',{SPAN},answerInterval='0:00:0')"
        );
        assert_eq!(rows(&mut world, &path).len() as i64, yes);
        assert!(all > 0 && yes > 0);
    }
    // Whoever gives up at once is no caller.
    let waited = |interval: &str| {
        format!(
            "/ReportAbandonedQueueCalls/Pbx.GetAbandonedQueueCallsData({PERIOD},queueDns='800 801',waitInterval='{interval}')"
        )
    };
    let (all, patient) = (rows(&mut world, &waited("0:00:0")).len(), rows(&mut world, &waited("0:00:30")).len());
    assert!(patient > 0 && patient < all, "{patient} of {all}");
    assert_eq!(world.get(&waited("soon")).refusal(), (400, "WARNINGS.XAPI.INVALID", "waitInterval"));
}

#[test]
fn ring_groups_and_charts_agree_with_the_log() {
    let mut world = World::new();
    let log = call_log(&mut world, "", "", 0);
    let path = format!("/ReportRingGroupStatistics/Pbx.GetRingGroupStatisticsData({PERIOD},ringGroupDns='')");
    let groups = rows(&mut world, &path);
    let through = log.iter().filter(|row| row["CallType"] == "RingGroup").count() as i64;
    assert_eq!(sum(&groups, "RingGroupReceivedCount"), through);
    let path = format!(
        "/ReportExtensionsStatisticsByRingGroups/Pbx.GetExtensionsStatisticsByRingGroupsData({PERIOD},ringGroupDns='')"
    );
    assert_eq!(sum(&rows(&mut world, &path), "ExtensionAnsweredCount"), sum(&groups, "RingGroupAnsweredCount"));
    let chart = |resource: &str, function: &str, grouping: i64| {
        format!(
            "/{resource}/Pbx.{function}(clientTimeZone='Europe%2FBerlin',{PERIOD},groupNumber='',extensionDns='',\
             waitInterval='0:00:0',includeQueueCalls=true,callArea=0,groupingType={grouping})"
        )
    };
    let with_people = log.iter().filter(|row| row["SourceType"] == 0 || row["DestinationType"] == 0).count() as i64;
    for (grouping, points) in [(0, 7 * 24 + 1), (1, 8), (2, 2), (3, 1)] {
        let activity = rows(&mut world, &chart("ReportUserActivity", "GetUserActivity", grouping));
        let distribution = rows(&mut world, &chart("ReportCallDistribution", "GetCallDistribution", grouping));
        assert_eq!((activity.len(), distribution.len()), (points, points), "{grouping}");
        assert_eq!(sum(&activity, "AnsweredCount") + sum(&activity, "UnansweredCount"), with_people);
        assert_eq!(sum(&distribution, "IncomingCount") + sum(&distribution, "OutgoingCount"), with_people);
    }
    // A day by its hours, in the caller's zone.
    let path = "/ReportQueueAnUnCalls/Pbx.GetQueueAnUnCallsData(chartDate=2026-03-03T12:00:00Z,chartBy='hour',\
                queueDnStr='',clientTimeZone='Europe%2FBerlin',waitInterval='0:00:0')";
    let hours = rows(&mut world, path);
    assert_eq!((hours.len(), &hours[0]["XValue"]), (24, &Value::from("2026-03-02T23:00:00Z")));
    let day = |row: &&Value| {
        let start = row["StartTime"].as_str().unwrap();
        ("2026-03-02T23:00:00Z".."2026-03-03T23:00:00Z").contains(&start) && row["CallType"] == "Queue"
    };
    assert_eq!(sum(&hours, "YValue1") + sum(&hours, "YValue2"), log.iter().filter(day).count() as i64);
    let mut old = World::of("20.0.5");
    let path = "/ReportUserActivity/Pbx.GetUserActivityData(chartDate=2026-03-03T12:00:00Z,chartBy='day',\
                includeInternalCalls=true,includeQueueCalls=true,queueDnStr='',clientTimeZone='',waitInterval='0:00:0')";
    assert_eq!(rows(&mut old, path).len(), 31);
}

#[test]
fn chat_reports_agree() {
    let mut world = World::new();
    let of =
        |resource: &str, function: &str| format!("/{resource}/Pbx.{function}(queueDnStr='',{SPAN},participantType=0)");
    let performance = rows(&mut world, &of("ReportQueueChatPerformance", "GetQueueChatPerformanceData"));
    let abandoned = rows(&mut world, &of("ReportAbandonedChatsStatistics", "GetAbandonedChatsStatisticsData"));
    let agents = rows(&mut world, &of("ReportQueueAgentsChatStatistics", "GetQueueAgentsChatStatisticsData"));
    let totals =
        rows(&mut world, &of("ReportQueueAgentsChatStatisticsTotals", "GetQueueAgentsChatStatisticsTotalsData"));
    let (incoming, answered) = (sum(&performance, "IncomingCount"), sum(&performance, "AnsweredCount"));
    assert!(incoming > 10);
    assert_eq!(sum(&performance, "AbandonedCount"), abandoned.len() as i64);
    assert_eq!(answered + abandoned.len() as i64, incoming);
    assert_eq!((sum(&agents, "AnsweredCount"), sum(&totals, "AnsweredCount")), (answered, answered));
}

#[test]
fn a_file_of_a_report_has_the_rows_of_its_list() {
    let mut world = World::new();
    let list = extensions(&mut world, "", 0);
    let path =
        format!("/ReportExtensionStatistics/Pbx.DownloadExtensionStatistics({PERIOD},extensionFilter='',callArea=0)");
    let file = world.raw("GET", &path, None);
    assert_eq!(file.headers()["content-type"], "text/csv; charset=utf-8");
    let mut reader = csv::Reader::from_reader(file.body().as_ref());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, list[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    assert_eq!(reader.records().count(), list.len());
}

#[test]
fn chats_read_from_question_to_answer() {
    let mut world = World::new();
    let messages = world.raw("GET", "/ChatMessagesHistoryView?$orderby=MessageId", None);
    let body: Value = serde_json::from_slice(messages.body()).unwrap();
    let rows = body["value"].as_array().unwrap();
    let conversation = |id: i64| rows.iter().filter(move |row| row["ConversationId"] == id);
    let mut answered = 0;
    for id in 1..=200 {
        let lines: Vec<&Value> = conversation(id).collect();
        if lines.len() < 2 {
            continue;
        }
        assert!(lines.windows(2).all(|pair| pair[0]["TimeSent"].as_str() < pair[1]["TimeSent"].as_str()));
        let text = |line: &Value| line["Message"].as_str().unwrap().to_owned();
        for pair in lines.windows(2).filter(|pair| text(pair[0]).starts_with("Where is my order")) {
            let replied = pair[1]["SenderParticipantNo"] != pair[0]["SenderParticipantNo"];
            assert!(!replied || text(pair[1]) == "Let me look that up for you.");
            answered += i32::from(replied);
        }
    }
    assert!(answered > 3, "{answered}");
}
