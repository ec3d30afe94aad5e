//! A command on a pseudo-terminal.

#![allow(unsafe_code)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// A command on a pseudo-terminal, and the hands and eyes of its user.
pub struct Session {
    pub child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    pub seen: String,
}

impl Session {
    pub fn start(command: &mut Command, columns: u16, rows: u16) -> Self {
        let (mut ours, mut theirs) = (-1, -1);
        // SAFETY: both pointers are valid, and NULL is allowed for the others.
        let opened = unsafe {
            libc::openpty(
                &mut ours,
                &mut theirs,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        };
        assert_eq!(opened, 0);
        // SAFETY: openpty has just made both descriptors, and nobody else knows them.
        let (keyboard, theirs) = unsafe { (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
        let session = Self {
            screen: watch(keyboard.try_clone().unwrap()),
            keyboard,
            seen: String::new(),
            // setsid makes it the terminal's foreground process, which hears of changes of its size.
            child: {
                let mut with_terminal = Command::new("setsid");
                with_terminal
                    .args(["--ctty", "--wait"])
                    .arg(command.get_program())
                    .args(command.get_args());
                for (name, value) in command.get_envs() {
                    match value {
                        Some(value) => with_terminal.env(name, value),
                        None => with_terminal.env_remove(name),
                    };
                }
                resize(theirs.as_raw_fd(), columns, rows);
                if let Some(directory) = command.get_current_dir() {
                    with_terminal.current_dir(directory);
                }
                with_terminal
                    .stdin(Stdio::from(theirs.try_clone().unwrap()))
                    .stdout(Stdio::from(theirs.try_clone().unwrap()))
                    .stderr(Stdio::from(theirs))
                    .spawn()
                    .unwrap()
            },
        };
        session
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        resize(self.keyboard.as_raw_fd(), columns, rows);
    }

    pub fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        while !self.seen.contains(text) {
            match self.screen.recv_timeout(Duration::from_secs(60)) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("no {text:?} on the screen:\n{}", self.seen),
            }
        }
    }

    /// A conversation with a remote shell in an 80 by 24 terminal: keys, sizes if they are passed on, an interrupt, and
    /// the exit code 6.
    pub fn use_shell(&mut self, has_sizes: bool) {
        self.type_in("echo \"is \"\"ready\"\n");
        self.wait_for("is ready");
        if has_sizes {
            // In a loop, for the sizes travel on a stream of their own.
            let wait = |size: &str| {
                format!("until [ \"$(stty size)\" = \"{size}\" ]; do sleep 0.1; done; echo \"size \"\"{size}\"\n")
            };
            self.type_in(&wait("24 80"));
            self.wait_for("size 24 80");
            self.resize(100, 40);
            self.type_in(&wait("40 100"));
            self.wait_for("size 40 100");
        }
        // An interrupt from the keyboard ends the command, neither the shell nor the client.
        self.type_in("sh -c 'echo \"in \"\"front\"; exec sleep 600'\n");
        self.wait_for("in front");
        self.type_in("\x03");
        self.type_in("echo \"still \"\"here\"\n");
        self.wait_for("still here");
        self.type_in("exit 6\n");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resize(terminal: i32, columns: u16, rows: u16) {
    let size = libc::winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the request takes a pointer to a winsize, which it only reads.
    let result = unsafe { libc::ioctl(terminal, libc::TIOCSWINSZ, &size) };
    assert_eq!(result, 0);
}

fn watch(mut screen: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = screen.read(&mut bytes) {
            if sender.send(bytes[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}
