//! The project's own texts, read once.

use std::collections::BTreeMap;
use std::path::Path;

/// Folders that hold nothing of ours. Hidden ones are skipped too, but for those in `KEPT`.
const SKIPPED: [&str; 5] = ["target", "node_modules", "belfry-data", "dist", "test-results"];
const KEPT: [&str; 2] = [".cargo", ".ci"];

/// Every file's text by its path from the root, with `/`.
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads the tree. What is not UTF-8 is no text: a picture is known by its name alone.
    ///
    /// # Errors
    /// A folder or file cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        walk(root, "", &mut files).map_err(|error| format!("the tree cannot be read: {error}"))?;
        Ok(Self(files))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose name ends so.
    pub(crate) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// The files in a folder, at any depth.
    pub(crate) fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| path.starts_with(folder))
    }

    /// One file's text; nothing where it is absent.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    /// Whether there is such a file, or a folder with a file in it.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.0.contains_key(path) || self.files().any(|(file, _)| file.starts_with(&folder))
    }
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            let hidden = name.starts_with('.') && !KEPT.contains(&name.as_str());
            if !hidden && !SKIPPED.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), files)?;
            }
        } else {
            files.insert(path, String::from_utf8(std::fs::read(entry.path())?).unwrap_or_default());
        }
    }
    Ok(())
}
