//! Is there room before anything is copied? Bytes needed per volume, with a reserve, judged in one place.

/// Largest reserve that is kept free for the application itself, in bytes (64 MiB).
const RESERVE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a volume offers, as the system reports it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VolumeSpace {
    /// Identity of the volume: two paths with the same id share their free bytes.
    pub volume: u64,
    /// Bytes that the caller may still write.
    pub free_bytes: u64,
    /// Bytes of the whole volume.
    pub total_bytes: u64,
}

/// Bytes that one step of an act will write to one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What the bytes are for, in words of the design: `restore point`, `staging`, `write-ahead log`.
    pub purpose: &'static str,
    /// The volume they go to.
    pub space: VolumeSpace,
    /// Bytes.
    pub bytes: u64,
}

/// A volume that cannot hold what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{needed_bytes} bytes are needed with the reserve, {free_bytes} are free")]
pub struct TooLittleSpace {
    /// The first purpose that is affected.
    pub purpose: &'static str,
    /// Bytes needed on the volume, the reserve included.
    pub needed_bytes: u64,
    /// Bytes free on the volume.
    pub free_bytes: u64,
    /// The reserve alone.
    pub reserve_bytes: u64,
}

/// Bytes that stay free on a volume: a twentieth of it, at most 64 MiB.
#[must_use]
pub fn reserve_bytes(space: &VolumeSpace) -> u64 {
    (space.total_bytes / 20).min(RESERVE_BYTES_MAX)
}

/// Judges all needs of an act together; needs on the same volume add up.
///
/// # Errors
/// The volume with the greatest lack.
pub fn judge(needs: &[Need]) -> Result<(), TooLittleSpace> {
    let mut worst: Option<(u64, TooLittleSpace)> = None;
    for need in needs {
        let same = needs.iter().filter(|n| n.space.volume == need.space.volume);
        let wanted: u64 = same.fold(0, |sum, n| sum.saturating_add(n.bytes));
        if wanted == 0 {
            continue;
        }
        let reserve = reserve_bytes(&need.space);
        let needed = wanted.saturating_add(reserve);
        let lack = needed.saturating_sub(need.space.free_bytes);
        if lack > worst.as_ref().map_or(0, |(lack, _)| *lack) {
            let short = TooLittleSpace {
                purpose: need.purpose,
                needed_bytes: needed,
                free_bytes: need.space.free_bytes,
                reserve_bytes: reserve,
            };
            worst = Some((lack, short));
        }
    }
    worst.map_or(Ok(()), |(_, short)| Err(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(volume: u64, free: u64, bytes: u64) -> Need {
        let space = VolumeSpace { volume, free_bytes: free, total_bytes: 1000 };
        Need { purpose: "restore point", space, bytes }
    }

    #[test]
    fn needs_on_one_volume_add_up() {
        assert_eq!(judge(&[need(1, 300, 200)]), Ok(()));
        let short = judge(&[need(1, 300, 200), need(1, 300, 100)]).unwrap_err();
        assert_eq!((short.needed_bytes, short.free_bytes, short.reserve_bytes), (350, 300, 50));
        assert_eq!(judge(&[need(1, 300, 200), need(2, 300, 100)]), Ok(()));
    }

    #[test]
    fn nothing_to_write_needs_no_reserve() {
        assert_eq!(judge(&[need(1, 0, 0)]), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn a_verdict_does_not_depend_on_order(bytes in proptest::collection::vec((0u64..3, 0u64..400), 0..6)) {
            let needs: Vec<_> = bytes.iter().map(|(volume, bytes)| need(*volume, 300, *bytes)).collect();
            let turned: Vec<_> = needs.iter().rev().cloned().collect();
            proptest::prop_assert_eq!(judge(&needs), judge(&turned));
        }
    }
}
