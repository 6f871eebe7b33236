//! Messages that nobody could read: kept with their reason, so that their author can.
//!
//! A file of JSON lines beside the data, synced at each letter, and the last ones in memory. Logs tell the reason and the
//! message's id; what the message says stands in the file alone.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use inbox::moment::Moment;
use serde_json::json;

/// How many are kept in memory.
const RECENT: usize = 100;

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
    file: Option<Arc<Mutex<File>>>,
    recent: Arc<Mutex<VecDeque<DeadLetter>>>,
}

impl DeadLetters {
    /// A list that ends with the process.
    pub fn in_memory() -> Self {
        Self { file: None, recent: Arc::default() }
    }

    /// A list that goes on in this file, which is made when absent, for its owner alone.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        end_the_last_line(&mut file)?;
        Ok(Self { file: Some(Arc::new(Mutex::new(file))), recent: Arc::default() })
    }

    /// Keeps a letter; it is on the disk when this returns.
    ///
    /// # Errors
    /// Whatever the file system says: the letter is then not kept, and its message must not be given up.
    pub async fn add(&self, letter: DeadLetter) -> io::Result<()> {
        if let Some(file) = self.file.clone() {
            let line = letter.line();
            tokio::task::spawn_blocking(move || append(&file, &line)).await.map_err(io::Error::other)??;
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

fn append(file: &Mutex<File>, line: &str) -> io::Result<()> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

/// A process that was killed may have left half a line, which must not swallow the next one.
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
    async fn memory_keeps_the_last_hundred() {
        let letters = DeadLetters::in_memory();
        for n in 0..105 {
            letters.add(letter(&n.to_string())).await.unwrap();
        }
        let recent = letters.recent();
        assert_eq!((recent.len(), recent[0].message_id.as_str()), (100, "5"));
    }
}
