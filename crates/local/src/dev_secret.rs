//! The development secret: made at the first start, kept beside the data, for its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use auth::config::Secret;

use crate::ports::Entropy;
use crate::random;

/// Where it stands in a data folder.
pub fn path(data: &Path) -> PathBuf {
    data.join("dev-secret")
}

/// The secret of this folder, made when absent.
///
/// # Errors
/// Whatever the file system says; `InvalidData` where the file holds no secret.
pub fn read_or_make(data: &Path, entropy: &dyn Entropy) -> io::Result<Secret> {
    let path = path(data);
    match make(&path, entropy) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(data),
        made => made,
    }
}

/// The secret of this folder, made by an earlier start.
///
/// # Errors
/// Whatever the file system says; `InvalidData` where the file holds no secret.
pub fn read(data: &Path) -> io::Result<Secret> {
    let path = path(data);
    let text = fs::read_to_string(&path)?;
    let unusable =
        |error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}; delete it to have a new one made", path.display()));
    Secret::parse(text.trim()).map_err(unusable)
}

/// A secret that ends with the process.
///
/// # Panics
/// Never: 64 digits are more than 32 bytes.
pub fn fleeting(entropy: &dyn Entropy) -> Secret {
    Secret::parse(random::secret(entropy)).expect("64 digits are long enough")
}

fn make(path: &Path, entropy: &dyn Entropy) -> io::Result<Secret> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let text = random::secret(entropy);
    writeln!(file, "{text}")?;
    file.sync_all()?;
    Secret::parse(text).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemEntropy;

    #[test]
    fn it_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).is_err());
        let first = read_or_make(folder.path(), &SystemEntropy).unwrap();
        assert!(read_or_make(folder.path(), &SystemEntropy).unwrap() == first);
        assert!(read(folder.path()).unwrap() == first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(path(folder.path())).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn half_a_secret_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path()), "short\n").unwrap();
        assert!(read_or_make(folder.path(), &SystemEntropy).unwrap_err().to_string().contains("delete it"));
    }
}
