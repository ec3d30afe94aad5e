//! What C passes to the submit functions, checked and turned into the core's types.

use std::ffi::CStr;
use std::os::raw::{c_char, c_int};

use super::boundary::slice_from_c;
use super::codes::Code;
use super::types::{spdylay_data_provider, spdylay_settings_entry};
use crate::error::SubmitError;
use crate::frame::SettingsEntry;
use crate::header::HeaderBlock;
use crate::session::settings;

/// Copies an array of name, value, name, value, ..., NULL.
///
/// # Safety
/// `nv` is NULL, or such an array of C strings.
pub(super) unsafe fn headers(nv: *const *const c_char) -> Result<HeaderBlock, c_int> {
    if nv.is_null() {
        return Err(SubmitError::InvalidArgument.code());
    }
    let mut pairs = 0;
    // SAFETY: by this function's contract the array goes on until the first NULL at an even place; a NULL at an odd
    // place is found before anything behind it is read.
    while unsafe { !(*nv.add(2 * pairs)).is_null() } {
        // SAFETY: as above.
        if unsafe { (*nv.add(2 * pairs + 1)).is_null() } {
            return Err(SubmitError::InvalidArgument.code());
        }
        pairs += 1;
    }
    let text = |index: usize| {
        // SAFETY: the loop above has seen that the first `2 * pairs` entries are strings.
        unsafe { CStr::from_ptr(*nv.add(index)) }.to_bytes()
    };
    HeaderBlock::from_pairs((0..pairs).map(|pair| (text(2 * pair), text(2 * pair + 1))))
        .map_err(Code::code)
}

/// A usable data provider, or none.
///
/// # Safety
/// `data_prd` is NULL or leads to a provider.
pub(super) unsafe fn provider(
    data_prd: *const spdylay_data_provider,
) -> Option<spdylay_data_provider> {
    // SAFETY: by this function's contract.
    let provider = unsafe { data_prd.as_ref() }?;
    provider.read_callback.is_some().then_some(*provider)
}

/// Copies an array of settings.
///
/// # Safety
/// `iv` leads to `niv` entries; it may be NULL if there are none.
pub(super) unsafe fn settings_entries(
    iv: *const spdylay_settings_entry,
    niv: usize,
) -> Result<Vec<SettingsEntry>, c_int> {
    // SAFETY: `niv` entries by this function's contract.
    let entries = unsafe { slice_from_c(iv, niv) }.ok_or(SubmitError::InvalidArgument.code())?;
    // Ids must differ, so more entries than ids cannot be right, and need not be copied.
    if entries.len() > settings::id::MAX as usize {
        return Err(SubmitError::InvalidArgument.code());
    }
    let mut copy = Vec::new();
    copy.try_reserve_exact(entries.len())
        .map_err(|_| SubmitError::NoMemory.code())?;
    copy.extend(entries.iter().map(|entry| SettingsEntry {
        id: entry.settings_id,
        flags: entry.flags,
        value: entry.value,
    }));
    Ok(copy)
}
