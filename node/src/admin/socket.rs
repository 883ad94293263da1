//! The socket file: made so that at no moment anyone else could open it, and never taken from a node that is alive.

use std::fs;
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::AdminError;

/// Only the owner may connect.
const SOCKET_MODE: u32 = 0o600;
/// Only the owner may look for sockets.
const FOLDER_MODE: u32 = 0o700;

/// A listening status socket; its file goes when it is dropped.
#[derive(Debug)]
pub struct AdminSocket {
    pub(super) listener: UnixListener,
    path: PathBuf,
    /// The file that is ours: another node may have replaced it since.
    inode: u64,
}

impl AdminSocket {
    /// Binds `path`. A socket that is there already is replaced if nobody answers on it.
    ///
    /// # Errors
    /// When a node answers there, when something else than a socket is there, or when the system refuses.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn bind(path: &Path) -> Result<Self, AdminError> {
        let folder = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or_else(|| Path::new("."));
        make_folder(folder)?;
        refuse_living(path)?;
        bind_in(folder, path).map_err(|source| AdminError::Bind {
            path: path.to_path_buf(),
            source,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours {
            // A file that stays is replaced by the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Binds in a fresh folder that nobody else may enter, closes the file to others, and moves it to its place.
fn bind_in(folder: &Path, path: &Path) -> io::Result<AdminSocket> {
    let private = tempfile::Builder::new()
        .prefix(".")
        .rand_bytes(4)
        .tempdir_in(folder)?;
    let fresh = private.path().join("s");
    let listener = UnixListener::bind(&fresh)?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(SOCKET_MODE))?;
    let inode = fs::symlink_metadata(&fresh)?.ino();
    fs::rename(&fresh, path)?;
    Ok(AdminSocket {
        listener,
        path: path.to_path_buf(),
        inode,
    })
}

fn make_folder(folder: &Path) -> Result<(), AdminError> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder);
    made.map_err(|error| AdminError::Folder {
        path: folder.to_path_buf(),
        reason: error.to_string(),
    })
}

fn refuse_living(path: &Path) -> Result<(), AdminError> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let path = path.to_path_buf();
    if !found.file_type().is_socket() {
        return Err(AdminError::NotASocket { path });
    }
    match UnixStream::connect(&path) {
        Ok(_) => Err(AdminError::InUse { path }),
        Err(_) => Ok(()),
    }
}

/// The socket of a node whose config names none: in `$XDG_RUNTIME_DIR/farc`, or in `/tmp/farc-<uid>` where there is no such folder.
///
/// # Errors
/// When that folder is there and is not ours alone: somebody who could rename sockets in it could pose as the node.
pub fn default_path(node: &str, cluster: &str) -> Result<PathBuf, AdminError> {
    let folder = default_folder();
    if let Ok(found) = fs::symlink_metadata(&folder) {
        let ours = found.is_dir()
            && found.uid() == rustix::process::geteuid().as_raw()
            && found.mode() & 0o022 == 0;
        if !ours {
            return Err(AdminError::Folder {
                path: folder,
                reason: "it is not a folder that only this user may write to".to_owned(),
            });
        }
    }
    Ok(folder.join(format!("{node}.{cluster}.sock")))
}

fn default_folder() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR")
        .filter(|folder| !folder.is_empty())
        .map_or_else(
            || PathBuf::from(format!("/tmp/farc-{}", rustix::process::geteuid().as_raw())),
            |folder| Path::new(&folder).join("farc"),
        )
}

/// The sockets in the default folder on which a node answers, in alphabetical order.
#[must_use]
pub fn running() -> Vec<PathBuf> {
    let entries = fs::read_dir(default_folder()).into_iter().flatten();
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "sock"))
        .filter(|path| UnixStream::connect(path).is_ok())
        .collect();
    found.sort();
    found
}
