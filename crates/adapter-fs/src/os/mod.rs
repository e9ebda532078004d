//! What differs between operating systems, one file each. Every file gives the same functions.

/// Which permissions a file takes over from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// The same: the file comes back as it was.
    AsModel,
    /// The same, and the owner may write: what may not be written is why it is being exchanged.
    OwnerWrites,
}

#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod other_unix;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux::{holders, open_medium, process_name, rename_no_replace, volume_kind};
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) use other_unix::{holders, open_medium, process_name, rename_no_replace, volume_kind};
#[cfg(unix)]
pub(crate) use unix::{
    append_raw, create_new_private, create_private, create_private_folder, detach, file_id, held_id,
    is_open_to_others, lock_holder, make_runnable, may_administer, open_held, open_private_lock, own_as,
    rename_over, sync_folder, take_after, volume_id,
};
#[cfg(windows)]
pub(crate) use windows::{
    append_raw, create_new_private, create_private, create_private_folder, detach, file_id, held_id, holders,
    is_open_to_others, lock_holder, make_runnable, may_administer, open_held, open_medium, open_private_lock,
    own_as, process_name, rename_no_replace, rename_over, sync_folder, take_after, volume_id, volume_kind,
};
