//! Name/value arrays in the C form: `name, value, ..., NULL`.
//!
//! Most calls pass pairs directly: `session.submit_request(0, &[(":method", "GET")], ...)`.
//! [`NvArray`] makes what pairs cannot express: `NvArray::empty()`, `NvArray::null()`,
//! `NvArray::from(&[("a", "b")]).then_null_value("c")`.

use std::ffi::{c_char, CString};
use std::hint::black_box;
use std::ptr;

/// Owns the strings and the pointer array.
pub struct NvArray {
    strings: Vec<CString>,
    pointers: Option<Vec<*const c_char>>,
}

impl NvArray {
    /// An array that holds only its end mark.
    pub fn empty() -> NvArray {
        NvArray::from(&[] as &[(&str, &str)])
    }

    /// No array at all: the pointer is NULL.
    pub fn null() -> NvArray {
        NvArray {
            strings: Vec::new(),
            pointers: None,
        }
    }

    /// Adds a name whose value pointer is NULL, which is also how an odd array looks.
    pub fn then_null_value(mut self, name: &str) -> NvArray {
        self.strings.push(c_string(name.as_bytes()));
        self.point();
        self
    }

    /// The argument for the C function.
    pub fn as_ptr(&self) -> *const *const c_char {
        self.pointers
            .as_ref()
            .map_or(ptr::null(), |pointers| pointers.as_ptr())
    }

    fn point(&mut self) {
        let strings = self.strings.iter().map(|string| string.as_ptr());
        // A second NULL keeps a library that trusts pairs inside the array.
        self.pointers = Some(strings.chain([ptr::null(), ptr::null()]).collect());
    }
}

/// Overwrites the strings, so that a library which kept pointers to them is found out.
impl Drop for NvArray {
    fn drop(&mut self) {
        for string in self.strings.drain(..) {
            let mut bytes = string.into_bytes();
            bytes.fill(b'#');
            black_box(&bytes);
        }
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> From<&[(N, V)]> for NvArray {
    fn from(pairs: &[(N, V)]) -> NvArray {
        let mut array = NvArray {
            strings: pairs
                .iter()
                .flat_map(|(name, value)| [c_string(name.as_ref()), c_string(value.as_ref())])
                .collect(),
            pointers: None,
        };
        array.point();
        array
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>, const LEN: usize> From<&[(N, V); LEN]> for NvArray {
    fn from(pairs: &[(N, V); LEN]) -> NvArray {
        NvArray::from(pairs.as_slice())
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> From<&Vec<(N, V)>> for NvArray {
    fn from(pairs: &Vec<(N, V)>) -> NvArray {
        NvArray::from(pairs.as_slice())
    }
}

fn c_string(bytes: &[u8]) -> CString {
    CString::new(bytes).expect("a C string holds no NUL")
}
