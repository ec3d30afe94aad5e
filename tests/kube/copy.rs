//! kubectl cp, both ways.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::kubectl::Way;
use crate::process::run;
use crate::scratch::noise;
use crate::server::Server;

#[track_caller]
fn expect_equal(one: &Path, other: &Path) {
    run(Command::new("diff").arg("-r").args([one, other])).expect_success();
}

impl Server {
    fn copy(&self, way: Way, from: &str, to: &str) {
        run(&mut self.kubectl(way, &["cp", from, to])).expect_success();
    }

    /// Copies something into the pod and out again.
    fn there_and_back(&self, way: Way, name: &str) {
        fs::create_dir_all(self.scratch.path("pod")).unwrap();
        self.copy(way, name, &format!("demo:pod/{name}"));
        expect_equal(
            &self.scratch.path(name),
            &self.scratch.path(&format!("pod/{name}")),
        );
        self.copy(way, &format!("demo:pod/{name}"), &format!("back-{name}"));
        expect_equal(
            &self.scratch.path(name),
            &self.scratch.path(&format!("back-{name}")),
        );
    }
}

#[test]
fn a_file() {
    for way in [Way::Direct, Way::Default] {
        let Some(server) = Server::start(&[]) else {
            return;
        };
        server.scratch.file("file", b"some text\n");
        server.there_and_back(way, "file");
        server.stop();
    }
}

#[test]
fn a_large_file() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    server.scratch.file("large", &noise(3, 100_000_000));
    server.there_and_back(Way::Direct, "large");
    server.stop();
}

#[test]
fn a_tree_of_many_files() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for i in 0..1000 {
        server
            .scratch
            .file(&format!("tree/{}/{i}", i % 7), &noise(i, i as usize));
    }
    server.there_and_back(Way::Direct, "tree");
    server.stop();
}
