//! Files: CSV in the caller's zone, audio, and what is missing.

use crate::sandbox::tests::World;

fn csv(world: &mut World, path: &str) -> (String, Vec<csv::StringRecord>) {
    let response = world.raw("GET", path, None);
    assert_eq!(response.status(), 200, "{path}: {:?}", response.body());
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let disposition = response.headers()["content-disposition"].to_str().unwrap().to_owned();
    let mut reader = csv::Reader::from_reader(response.body().as_ref());
    let header = reader.headers().unwrap().iter().collect::<Vec<_>>().join(",");
    assert!(disposition.starts_with("attachment; filename="));
    (header, reader.records().map(Result::unwrap).collect())
}

#[test]
fn chats_honour_all_options() {
    let mut world = World::new();
    let root = "/ChatHistoryView/Pbx.DownloadChatHistory(clientTimeZone='Europe%2FBerlin')";
    let (header, all) = csv(&mut world, root);
    assert!(header.starts_with("ChatName,ConversationId,FromName"), "{header}");
    assert!(all.len() > 1500);
    let options = "$filter=ProviderType eq 'Internal'&$select=TimeSent,FromNo&$orderby=TimeSent desc&$top=500&$skip=2\
                   &$count=true";
    let (header, rows) = csv(&mut world, &format!("{root}?{options}"));
    assert_eq!((header.as_str(), rows.len()), ("TimeSent,FromNo", 500));
    assert!(rows.windows(2).all(|pair| pair[0][0] >= pair[1][0]));
    assert!(rows.iter().all(|row| row[0].ends_with("+01:00") && row[1].len() == 3));
    let listed = "/ChatHistoryView?$filter=ProviderType eq 'Internal'&$orderby=TimeSent desc&$top=1&$skip=2";
    let utc: jiff::Timestamp = world.column(listed, "TimeSent")[0].as_str().unwrap().parse().unwrap();
    let local: jiff::Timestamp = rows[0][0].parse().unwrap();
    assert_eq!(utc.as_second(), local.as_second());
    let (_, found) = csv(&mut world, &format!("{root}?$search=invoice&$top=3"));
    assert_eq!(found.len(), 3);
}

#[test]
fn zones() {
    let mut world = World::new();
    let path = |zone: &str| format!("/ChatHistoryView/Pbx.DownloadChatHistory(clientTimeZone='{zone}')?$top=1");
    assert_eq!(world.get(&path("Nowhere%2FAtAll")).status, 400);
    let (_, rows) = csv(&mut world, &path(""));
    assert!(rows[0].iter().any(|cell| cell.ends_with("+00:00")));
    assert_eq!(world.get(&path("Europe/Berlin")).status, 404);
}

#[test]
fn tables() {
    let mut world = World::new();
    let period = "periodFrom=2026-03-09T00:00:00Z,periodTo=2026-03-10T00:00:00Z";
    let log = format!(
        "/ReportCallLogData/Pbx.DownloadCallLog({period},sourceType=0,sourceFilter='',destinationType=0,\
         destinationFilter='',callsType=0,callTimeFilterType=0,callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',\
         hidePcalls=true,clientTimeZone='')?$select=StartTime,SourceDn"
    );
    let cases = [
        (
            "/ChatMessagesHistoryView/Pbx.DownloadChatMessagesHistory(clientTimeZone='')?$select=MessageId",
            "MessageId",
            1600,
        ),
        ("/CallHistoryView/Pbx.DownloadCallHistory()?$select=SegmentId,SrcDn", "SegmentId,SrcDn", 1000),
        (log.as_str(), "StartTime,SourceDn", 100),
        ("/EventLogs/Pbx.DownloadEventLogs()?$filter=Type eq 'Error'&$select=Id,Type", "Id,Type", 6),
        ("/Users/Pbx.ExportExtensions()?$select=Number", "Number", 17),
    ];
    for (path, header, number) in cases {
        let (found, rows) = csv(&mut world, path);
        assert!(found == header && rows.len() >= number, "{path}: {found} {}", rows.len());
    }
}

#[test]
fn a_download_without_behaviour_still_has_its_header() {
    let mut world = World::new();
    let path = "/Microsoft365TeamsIntegration/Pbx.GetDialPlanScript()";
    let script = world.raw("GET", path, None);
    assert_eq!(script.headers()["x-sandbox-note"], "no behaviour");
    assert_eq!(script.headers()["content-type"], "text/plain; charset=utf-8");
}

#[test]
fn recordings() {
    let mut world = World::new();
    let wav = world.raw("GET", "/Recordings/Pbx.DownloadRecording(recId=1)", None);
    assert_eq!((wav.status().as_u16(), wav.headers()["content-type"].to_str().unwrap()), (200, "audio/x-wav"));
    let length = u32::from_le_bytes(wav.body()[4..8].try_into().unwrap()) as usize;
    assert_eq!((&wav.body()[..4], length + 8), (&b"RIFF"[..], wav.body().len()));
    let missing = world.get("/Recordings/Pbx.DownloadRecording(recId=999)");
    assert_eq!((missing.status, missing.refusal().1), (400, "WARNINGS.XAPI.FILE_NOT_FOUND"));
}
