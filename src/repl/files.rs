//! The files that a text may go on to, for completion.

/// More would not be read.
const MOST: usize = 200;

/// The paths that begin with what is typed, folders with a slash behind them. Hidden ones only if somebody asks for them.
pub(super) fn below(typed: &str) -> Vec<String> {
    let (folder, start) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    // A folder that cannot be read has nothing to offer.
    let Ok(entries) = std::fs::read_dir(if folder.is_empty() { "." } else { folder }) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !start.starts_with('.');
            let fits = name.to_lowercase().starts_with(&start.to_lowercase());
            let end = if entry.path().is_dir() { "/" } else { "" };
            (fits && !hidden).then(|| format!("{folder}{name}{end}"))
        })
        .take(MOST)
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn paths_go_on_from_what_is_typed() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = format!("{}/", folder.path().display());
        std::fs::create_dir(folder.path().join("exports")).expect("a folder");
        for name in ["users.csv", "uploads.csv", ".hidden", "exports/a.csv"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        let found = |typed: &str| -> Vec<String> {
            let all = below(&format!("{root}{typed}"));
            all.iter().map(|path| path.strip_prefix(&root).unwrap_or(path).to_owned()).collect()
        };
        assert_eq!(found(""), ["exports/", "uploads.csv", "users.csv"]);
        assert_eq!(found("US"), ["users.csv"]);
        assert_eq!(found("."), [".hidden"]);
        assert_eq!(found("exports/"), ["exports/a.csv"]);
        assert_eq!(found("nowhere/"), [] as [&str; 0]);
    }
}
