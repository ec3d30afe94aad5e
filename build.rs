//! Names the shared library for the dynamic linker and, with the feature `header`, writes the C headers.
//!
//! The list of exported symbols needs nothing here: for a `cdylib`, rustc gives the linker a version script with the
//! `#[no_mangle]` functions and nothing else. `tests/header.rs` compares the outcome with `abi/symbols.txt`.

#[cfg(feature = "header")]
#[path = "build/header.rs"]
mod header;

/// Programs linked with libspdylay 1.4 ask for the library by this name.
const SONAME: &str = "libspdylay.so.7";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
    }

    #[cfg(feature = "header")]
    write_headers();
}

#[cfg(feature = "header")]
fn write_headers() {
    for source in ["src/ffi", "cbindgen.toml", "build/header.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in header::generate(root) {
        println!("cargo::rerun-if-changed={path}");
        let path = root.join(path);
        // An unchanged header keeps its time stamp, so that nothing is rebuilt for it.
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            std::fs::write(&path, text).expect("cannot write the header");
        }
    }
}
