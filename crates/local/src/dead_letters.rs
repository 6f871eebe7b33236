//! Messages that nobody could read: kept with their reason, so that their author can.
//!
//! A file of JSON lines beside the data, synced at each letter, and the last ones in memory. Logs tell the reason and the
//! message's id; what the message says stands in the file alone. A full file is set aside in place of the one before, so a job
//! that went wrong for a year costs two files and no more.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use inbox::moment::Moment;
use serde_json::json;

/// How many are kept in memory.
const RECENT: usize = 100;
/// A file of this many bytes is full: some ten thousand letters of the usual kind, and sixty of the longest.
const FILE_BYTES: u64 = 16 * 1_024 * 1_024;

/// A message that could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What the topic called it.
    pub message_id: String,
    /// Why it could not be applied.
    pub reason: String,
    /// The message; nothing where it never was a text.
    pub body: Option<String>,
    /// When it was given up.
    pub at: Moment,
}

impl DeadLetter {
    fn line(&self) -> String {
        let at = jiff::Timestamp::from_millisecond(self.at.millis()).map(|at| at.to_string()).unwrap_or_default();
        let letter = json!({ "messageId": self.message_id, "reason": self.reason, "at": at, "body": self.body });
        format!("{letter}\n")
    }
}

/// The list. Clones are one list.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    pile: Option<Arc<Mutex<Pile>>>,
    recent: Arc<Mutex<VecDeque<DeadLetter>>>,
}

/// The file, and how full it may be.
#[derive(Debug)]
struct Pile {
    path: PathBuf,
    file: File,
    bytes_max: u64,
}

impl DeadLetters {
    /// A list that ends with the process.
    pub fn in_memory() -> Self {
        Self { pile: None, recent: Arc::default() }
    }

    /// A list that goes on in this file, which is made when absent, for its owner alone. Once it holds 16 MiB it is set aside as
    /// [`set_aside`] says, and a new one begun.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_with(path, FILE_BYTES)
    }

    fn open_with(path: &Path, bytes_max: u64) -> io::Result<Self> {
        let pile = Pile { path: path.to_owned(), file: open_file(path)?, bytes_max };
        Ok(Self { pile: Some(Arc::new(Mutex::new(pile))), recent: Arc::default() })
    }

    /// Keeps a letter; it is on the disk when this returns.
    ///
    /// # Errors
    /// Whatever the file system says: the letter is then not kept, and its message must not be given up.
    pub async fn add(&self, letter: DeadLetter) -> io::Result<()> {
        if let Some(pile) = self.pile.clone() {
            let line = letter.line();
            let append = move || pile.lock().unwrap_or_else(PoisonError::into_inner).append(&line);
            tokio::task::spawn_blocking(append).await.map_err(io::Error::other)??;
        }
        tracing::warn!(message.id = %letter.message_id, "message {} is a dead letter: {}", letter.message_id, letter.reason);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == RECENT {
            recent.pop_front();
        }
        recent.push_back(letter);
        Ok(())
    }

    /// The last hundred since the process started, oldest first.
    pub fn recent(&self) -> Vec<DeadLetter> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Pile {
    fn append(&mut self, line: &str) -> io::Result<()> {
        if self.file.metadata()?.len() >= self.bytes_max {
            match std::fs::rename(&self.path, set_aside(&self.path)) {
                // Somebody tidied up: there is nothing to set aside.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            self.file = open_file(&self.path)?;
        }
        // Also what an append before this one could not finish.
        end_the_last_line(&mut self.file)?;
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()
    }
}

/// Where a full file goes: `dead-letters.jsonl` to `dead-letters.old.jsonl`, over the one that stood there.
pub fn set_aside(path: &Path) -> PathBuf {
    path.with_extension("old.jsonl")
}

fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A process that was killed, or a disk that was full, may have left half a line, which must not swallow the next one.
fn end_the_last_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0_u8];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: &str) -> DeadLetter {
        DeadLetter { message_id: id.into(), reason: "not JSON".into(), body: Some("a\n\"b\"".into()), at: Moment::from_seconds(0) }
    }

    #[tokio::test]
    async fn letters_are_lines_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead-letters.jsonl");
        std::fs::write(&path, "{\"half\":").unwrap();
        let letters = DeadLetters::open(&path).unwrap();
        letters.add(letter("1")).await.unwrap();
        letters.add(letter("2")).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let wanted = r#"{"messageId":"1","reason":"not JSON","at":"1970-01-01T00:00:00Z","body":"a\n\"b\""}"#;
        assert_eq!(text.lines().nth(1), Some(wanted));
        assert_eq!(text.lines().count(), 3);
        assert_eq!(letters.recent().len(), 2);
    }

    #[tokio::test]
    async fn half_a_line_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead-letters.jsonl");
        let letters = DeadLetters::open(&path).unwrap();
        letters.add(letter("1")).await.unwrap();
        // As a write leaves it that a full disk cut short.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"half\":").unwrap();
        letters.add(letter("2")).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("{}{{\"half\":\n{}", letter("1").line(), letter("2").line()));
    }

    #[tokio::test]
    async fn a_full_file_is_set_aside_and_the_one_before_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead-letters.jsonl");
        let line_bytes = u64::try_from(letter("0").line().len()).unwrap();
        let ids = |path: &Path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["messageId"].as_str().unwrap().to_owned();
            text.lines().map(read).collect::<Vec<_>>().concat()
        };
        // Also over a restart: how full it is, the file knows.
        for (n, aside, file) in [(0, "", "0"), (1, "", "01"), (2, "01", "2"), (3, "01", "23"), (4, "23", "4")] {
            let letters = DeadLetters::open_with(&path, 2 * line_bytes).unwrap();
            letters.add(letter(&n.to_string())).await.unwrap();
            assert_eq!((ids(&set_aside(&path)).as_str(), ids(&path).as_str()), (aside, file));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn memory_keeps_the_last_hundred() {
        let letters = DeadLetters::in_memory();
        for n in 0..105 {
            letters.add(letter(&n.to_string())).await.unwrap();
        }
        let recent = letters.recent();
        assert_eq!((recent.len(), recent[0].message_id.as_str()), (100, "5"));
    }
}
