//! The structure of the source: which part may know which, where `unsafe` may stand, where versions may be told apart.
//!
//! The crate documentation draws the picture; this keeps it true.

use std::fs;
use std::path::{Path, PathBuf};

/// Every part of the crate and the parts it may import, from the top down.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    (
        "ffi",
        &[
            "error", "frame", "gzip", "header", "npn", "session", "version",
        ],
    ),
    ("session", &["error", "frame", "header", "version"]),
    ("frame", &["error", "header", "version", "wire"]),
    ("header", &["error", "memory", "version", "wire"]),
    ("npn", &["version"]),
    ("gzip", &["error", "memory"]),
    ("error", &[]),
    ("memory", &[]),
    ("version", &[]),
    ("wire", &[]),
];

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    source_files(&root)
        .into_iter()
        .map(|path| {
            let first = path.strip_prefix(&root).unwrap().iter().next().unwrap();
            let part = first.to_str().unwrap().trim_end_matches(".rs").to_string();
            let text = fs::read_to_string(&path).unwrap();
            (part, path, text)
        })
        .collect()
}

/// The code of a file without its unit tests and comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end]
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
}

#[test]
fn imports_point_one_way() {
    for (part, path, text) in sources() {
        if part == "lib" {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == part)
            .unwrap_or_else(|| panic!("{part} has no place in the picture"));
        for line in code(&text) {
            for import in line.split("crate::").skip(1) {
                let name: String = import
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                assert!(
                    name == part || allowed.contains(&name.as_str()),
                    "{} must not import {name}: {line}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn unsafe_code_stands_at_the_c_boundary_only() {
    for (part, path, text) in sources() {
        if part == "ffi" {
            continue;
        }
        for line in code(&text) {
            let allowed = line.contains("unsafe_code");
            assert!(
                allowed || !line.contains("unsafe"),
                "{}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn versions_are_told_apart_in_one_place() {
    for (part, path, text) in sources() {
        if ["version", "npn", "ffi"].contains(&part.as_str()) {
            continue;
        }
        for line in code(&text) {
            assert!(
                !line.contains("Version::Spdy"),
                "{}: {line}",
                path.display()
            );
        }
    }
}

#[test]
fn the_core_knows_nothing_of_c() {
    for (part, path, text) in sources() {
        if part == "ffi" {
            continue;
        }
        for line in code(&text) {
            for name in [
                "libc::",
                "std::ffi",
                "std::os::raw",
                "c_int",
                "c_void",
                "SPDYLAY_",
            ] {
                assert!(!line.contains(name), "{}: {line}", path.display());
            }
        }
    }
}
