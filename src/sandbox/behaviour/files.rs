//! Recordings, backups, and the files of playlists and call flow apps.

use serde_json::{Value, json};

use crate::catalog::Ty;
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::behaviour::{Behaviour, items};
use crate::sandbox::downloads;
use crate::sandbox::entities;
use crate::sandbox::form::{self, Malformed};
use crate::sandbox::generic;
use crate::sandbox::problem::{FILE_NOT_FOUND, NO_EXTENSION, NOT_FOUND, Problem, REQUIRED};
use crate::sandbox::reply::Reply;
use crate::sandbox::rows::row;
use crate::sandbox::store::{Row, text, value};
use crate::sandbox::wav;

pub(super) fn of(resource: &str, name: &str) -> Option<Behaviour> {
    Some(match (resource, name) {
        ("recordings", "download_recording" | "download_recording_by_name") => download_recording,
        ("recordings", "bulk_recordings_archive") => |pbx, asked| each_recording(pbx, asked, archive),
        ("recordings", "transcribe_recordings") => |pbx, asked| each_recording(pbx, asked, transcribe),
        ("recordings", "archive") | ("remote_archiving_settings", "archive_recordings") => |pbx, _| {
            pbx.store.rows_mut("Recordings").iter_mut().for_each(archive);
            Ok(Reply::nothing())
        },
        ("recordings", "purge_archive") => |pbx, _| purge(pbx, true),
        ("recordings", "purge_local") => |pbx, _| purge(pbx, false),
        ("backups", "backup") => backup,
        ("backups", "restore") => restore,
        ("backups", "get_backup_extras") => extras,
        ("backups", "get_local_backup_size") => |pbx, asked| {
            let size =
                pbx.store.rows("Backups").iter().filter_map(|backup| value(backup, "Size").as_i64()).sum::<i64>();
            Ok(generic::value(asked, Ty::Int64, &json!(size)))
        },
        ("backups", "get_failover_scripts") => {
            |pbx, asked| generic::list(pbx, asked, "FailoverScriptFile", None, Vec::<Row>::new())
        }
        ("playlists", "download_playlist_file") => download_playlist_file,
        ("playlists", "delete_playlist_file") => delete_playlist_file,
        ("call_flow_apps", "get_files") => app_files,
        ("call_flow_apps", "delete_file") => delete_app_file,
        ("custom_prompts", "make_call_record_custom_prompt") => record_prompt,
        ("custom_prompts", "upload") => upload_prompt,
        ("trunks", "export_trunk") => export_trunk,
        _ => return None,
    })
}

fn file_not_found() -> Problem {
    Problem::warning(FILE_NOT_FOUND)
}

fn is_archived(recording: &Row) -> bool {
    recording.get("IsArchived") == Some(&Value::Bool(true))
}

fn download_recording(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.text("recName");
    let recordings = pbx.store.rows("Recordings");
    let wanted = asked.value("recId");
    let found = recordings.iter().find(|&recording| match wanted {
        Some(id) => recording.get("Id") == Some(id),
        None => !name.is_empty() && text(recording, "RecordingUrl").ends_with(name),
    });
    let found = found.filter(|recording| text(recording, "RecordingUrl").ends_with(".wav"));
    let recording = found.ok_or_else(file_not_found)?;
    let id = recording.get("Id").and_then(Value::as_i64).unwrap_or(0);
    Ok(Reply::file("audio/x-wav", format!("recording-{id}.wav"), downloads::silence()))
}

/// What is not there is not missed.
fn each_recording(pbx: &mut Pbx, asked: &Asked, change: fn(&mut Row)) -> Result<Reply, Problem> {
    for id in items(asked, "ids") {
        if let Some(recording) = pbx.store.find_mut("Recordings", "Id", id) {
            change(recording);
        }
    }
    Ok(Reply::nothing())
}

fn archive(recording: &mut Row) {
    let url = format!("archive/{}", text(recording, "RecordingUrl"));
    recording.insert("IsArchived".to_owned(), json!(true));
    recording.insert("ArchivedUrl".to_owned(), json!(url));
}

fn transcribe(recording: &mut Row) {
    if text(recording, "Transcription").is_empty() {
        recording.insert("Transcription".to_owned(), json!("Hello, I have a question about my order."));
        recording.insert("Summary".to_owned(), json!("A question about an order."));
        recording.insert("SentimentScore".to_owned(), json!(3));
    }
    recording.insert("IsTranscribed".to_owned(), json!(true));
}

fn purge(pbx: &mut Pbx, archived: bool) -> Result<Reply, Problem> {
    pbx.store.rows_mut("Recordings").retain(|recording| is_archived(recording) != archived);
    Ok(Reply::nothing())
}

/// A backup is ready at once.
fn backup(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let description = asked.body.get("description");
    let name = description.and_then(|description| description["Name"].as_str()).unwrap_or_default();
    if name.is_empty() {
        return Err(Problem::field("description.Name", REQUIRED));
    }
    if name.contains(['/', '\\']) {
        return Err(Problem::field("description.Name", INVALID_FILE_NAME));
    }
    let encrypted = description.is_some_and(|description| description["Contents"]["EncryptBackup"] == true);
    let set = pbx.router.sets.get("Backups").copied().ok_or_else(Problem::unknown_path)?;
    let file = if name.ends_with(".zip") { name.to_owned() } else { format!("{name}.zip") };
    // Its size follows from its name: only what is asked for twice may come out twice.
    let size = 180_000_000 + file.bytes().map(u64::from).sum::<u64>() * 4099;
    let backup = json!({
        "FileName": file, "CreationTime": pbx.now().to_string(), "DownloadLink": format!("/backups/{file}"),
        "Size": size, "#encrypted": encrypted,
    });
    entities::create(pbx, set, row(backup))?;
    Ok(Reply::nothing())
}

fn named_backup<'a>(pbx: &'a Pbx, asked: &Asked) -> Result<&'a Row, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    pbx.store.rows(set.name).get(place).ok_or_else(Problem::no_such_entity)
}

fn is_encrypted(backup: &Row) -> bool {
    backup.get("#encrypted") == Some(&Value::Bool(true))
}

/// The system comes back as it was; here it is still so.
fn restore(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    if is_encrypted(named_backup(pbx, asked)?) && asked.text("password").is_empty() {
        return Err(Problem::field("password", "WARNINGS.INVALID_PASSWORD"));
    }
    Ok(Reply::nothing())
}

fn extras(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let backup = named_backup(pbx, asked)?;
    let extras = json!({
        "Footprint": value(backup, "Size"), "IsEncrypted": is_encrypted(backup), "Version": pbx.version(),
    });
    Ok(generic::object(pbx, asked, "BackupExtras", &row(extras)))
}

/// The place of the playlist that is meant, and of the file in it.
fn playlist_file(pbx: &Pbx, asked: &Asked) -> Result<(usize, usize), Problem> {
    let playlist = pbx.store.position("Playlists", "Name", &Value::from(asked.text("playlistKey")));
    let playlist = playlist.ok_or_else(|| Problem::field("playlistKey", NOT_FOUND))?;
    let files = pbx.store.rows("Playlists")[playlist].get("Files").and_then(Value::as_array);
    let file = files.and_then(|files| files.iter().position(|file| *file == asked.text("fileName")));
    Ok((playlist, file.ok_or_else(file_not_found)?))
}

fn download_playlist_file(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    playlist_file(pbx, asked)?;
    Ok(Reply::file("audio/x-wav", asked.text("fileName"), downloads::silence()))
}

fn delete_playlist_file(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (playlist, file) = playlist_file(pbx, asked)?;
    if let Some(files) = pbx.store.rows_mut("Playlists")[playlist].get_mut("Files").and_then(Value::as_array_mut) {
        files.remove(file);
    }
    Ok(Reply::nothing())
}

const APP_FILES: &str = "#files";

/// What an app consists of: its script, until somebody deletes it.
fn files_of(app: &Row) -> Vec<Value> {
    let script = || vec![json!(format!("{}.cs", text(app, "Name").replace(' ', "")))];
    app.get(APP_FILES).and_then(Value::as_array).cloned().unwrap_or_else(script)
}

fn app_files(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    Ok(generic::plain_list(asked, Ty::String, &files_of(&pbx.store.rows(set.name)[place])))
}

fn delete_app_file(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let app = &mut pbx.store.rows_mut(set.name)[place];
    let mut files = files_of(app);
    let before = files.len();
    files.retain(|file| *file != asked.text("filename"));
    if files.len() == before {
        return Err(file_not_found());
    }
    app.insert(APP_FILES.to_owned(), Value::from(files));
    Ok(Reply::nothing())
}

/// The extension is called and speaks the prompt.
fn record_prompt(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    if pbx.store.find("Users", "Number", &Value::from(asked.text("dn"))).is_none() {
        return Err(Problem::field("dn", NO_EXTENSION));
    }
    let name = asked.text("filename");
    if !is_plain(name) {
        return Err(Problem::field("filename", INVALID_FILE_NAME));
    }
    keep_prompt(pbx, name)?;
    Ok(Reply::nothing())
}

/// A prompt comes as a file in a form. One of its name is spoken over.
fn upload_prompt(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (declared, content) = asked.form.as_ref().ok_or_else(Problem::wrong_media_type)?;
    let file = asked.route.variant.file().ok_or_else(Problem::unknown_path)?;
    if !form::is_multipart(declared) {
        return Err(Problem::wrong_media_type());
    }
    let malformed = |Malformed(reason)| Problem::invalid(format!("The multipart form cannot be read: {reason}."));
    let parts = form::parts(declared, content).map_err(malformed)?;
    let part = parts.iter().find(|part| part.name == file.field);
    let part = part.ok_or_else(|| Problem::field(file.field, REQUIRED))?;
    let name = part.filename.as_deref().unwrap_or_default();
    if !is_plain(name) {
        return Err(Problem::field(file.field, INVALID_FILE_NAME));
    }
    if !wav::fits(part.content, file.format) {
        return Err(Problem::warning("WARNINGS.SUPPORTED_MEDIA_FORMAT_WAV"));
    }
    keep_prompt(pbx, name)?;
    Ok(generic::value(asked, Ty::String, &json!(name)))
}

const INVALID_FILE_NAME: &str = "WARNINGS.XAPI.INVALID_FILE_NAME";

/// The name of a file, and no way to another folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '"', '\0', '\r', '\n'])
}

fn keep_prompt(pbx: &mut Pbx, name: &str) -> Result<(), Problem> {
    let set = pbx.router.sets.get("CustomPrompts").copied().ok_or_else(Problem::unknown_path)?;
    if pbx.store.position(set.name, "Filename", &Value::from(name)).is_none() {
        let prompt = json!({
            "Filename": name, "DisplayName": name, "FileLink": format!("/customPrompts/{name}"), "PromptType": "File",
            "CanBeDeleted": true,
        });
        entities::insert(pbx, set, row(prompt), None);
    }
    Ok(())
}

fn export_trunk(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let (set, place) = generic::place(pbx, asked)?;
    let trunk = &pbx.store.rows(set.name)[place];
    let number = text(trunk, "Number");
    let (name, host) = (&value(trunk, "Gateway")["Name"], &value(trunk, "Gateway")["Host"]);
    let plain = |value: &Value| value.as_str().unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;");
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<trunk number=\"{number}\">\n  <name>{}</name>\n  <host>{}</host>\n</trunk>\n",
        plain(name),
        plain(host)
    );
    Ok(Reply::file("text/xml; charset=utf-8", format!("trunk-{number}.xml"), content.into_bytes()))
}
