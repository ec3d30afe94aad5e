//! Child processes that cannot outlive their test, and whose output can be waited for.

use std::io::{self, Cursor, ErrorKind, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take that is expected to happen soon. Generous, because a valgrind run on a busy machine is
/// slow, and only a failing test ever waits so long.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What a process has written so far to one of its outputs.
#[derive(Clone, Default)]
struct Output(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    ended: bool,
}

impl Output {
    fn collect(from: impl Read + Send + 'static) -> Self {
        let output = Self::default();
        let writer = output.clone();
        thread::spawn(move || writer.pump(from));
        output
    }

    fn pump(&self, mut from: impl Read) {
        let (written, changed) = &*self.0;
        let mut chunk = [0; 65536];
        loop {
            let n = from.read(&mut chunk).unwrap_or(0);
            let mut written = written.lock().unwrap();
            written.bytes.extend_from_slice(&chunk[..n]);
            written.ended = n == 0;
            changed.notify_all();
            if n == 0 {
                return;
            }
        }
    }

    /// Waits until `found` returns something, and gives up when the output ends or patience does.
    fn wait_for<T>(&self, found: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let (written, changed) = &*self.0;
        let deadline = Instant::now() + PATIENCE;
        let mut written = written.lock().unwrap();
        loop {
            let result = found(&written.bytes);
            let left = deadline.saturating_duration_since(Instant::now());
            if result.is_some() || written.ended || left.is_zero() {
                return result;
            }
            written = changed.wait_timeout(written, left).unwrap().0;
        }
    }

    /// All bytes, once the process has closed the output.
    fn into_bytes(self) -> Vec<u8> {
        let (written, changed) = &*self.0;
        let written = written.lock().unwrap();
        let (mut written, _) = changed
            .wait_timeout_while(written, PATIENCE, |written| !written.ended)
            .unwrap();
        std::mem::take(&mut written.bytes)
    }

    /// What is there now, as text.
    fn text(&self) -> String {
        let (written, _) = &*self.0;
        String::from_utf8_lossy(&written.lock().unwrap().bytes).into_owned()
    }
}

/// The standard output of a process that is read at the test's pace: the pipe fills up meanwhile. Reading it does not
/// wait longer than patience lasts.
pub struct Unread {
    chunks: Receiver<Vec<u8>>,
    current: Cursor<Vec<u8>>,
}

impl Unread {
    fn new(mut from: ChildStdout) -> Self {
        // No chunk is taken from the pipe before the one ahead of it was asked for.
        let (sender, chunks) = sync_channel(0);
        thread::spawn(move || loop {
            let mut chunk = vec![0; 65536];
            let n = from.read(&mut chunk).unwrap_or(0);
            chunk.truncate(n);
            if n == 0 || sender.send(chunk).is_err() {
                return;
            }
        });
        let current = Cursor::default();
        Self { chunks, current }
    }
}

impl Read for Unread {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.current.position() == self.current.get_ref().len() as u64 {
            match self.chunks.recv_timeout(PATIENCE) {
                Ok(chunk) => self.current = Cursor::new(chunk),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => return Err(ErrorKind::TimedOut.into()),
            }
        }
        self.current.read(buffer)
    }
}

/// A running process; killed when dropped.
pub struct Process {
    child: Child,
    stdout: Output,
    stderr: Output,
    what: String,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let (mut process, stdout) = Self::spawn(command);
        process.stdout = Output::collect(stdout);
        process
    }

    /// Starts a process whose standard output is left to the caller, who may read it slowly or not at all.
    pub fn start_unread(command: &mut Command) -> (Self, Unread) {
        let (process, stdout) = Self::spawn(command);
        (process, Unread::new(stdout))
    }

    fn spawn(command: &mut Command) -> (Self, ChildStdout) {
        let what = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let stdout = child.stdout.take().unwrap();
        let stderr = Output::collect(child.stderr.take().unwrap());
        let nothing = Output::collect(io::empty());
        let process = Self {
            child,
            stdout: nothing,
            stderr,
            what,
        };
        (process, stdout)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a complete line on standard output that contains `text`.
    pub fn wait_for_line(&self, text: &str) -> String {
        let line = self.stdout.wait_for(|bytes| {
            let written = String::from_utf8_lossy(bytes);
            let complete = &written[..written.rfind('\n')? + 1];
            complete
                .lines()
                .find(|line| line.contains(text))
                .map(str::to_owned)
        });
        line.unwrap_or_else(|| self.give_up(&format!("no line with {text:?}")))
    }

    /// The port at the end of a line on standard output that contains `text`.
    pub fn wait_for_port(&self, text: &str) -> u16 {
        let line = self.wait_for_line(text);
        let port = line.rsplit(':').next().unwrap().parse();
        port.unwrap_or_else(|_| self.give_up(&format!("no port in {line:?}")))
    }

    /// Sends a signal, by its name without `SIG`.
    pub fn signal(&self, name: &str) {
        // `kill` is built into every shell; the child is not reaped yet, so its id cannot be another's.
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -s {name} {}", self.id())])
            .status();
        assert!(
            sent.unwrap().success(),
            "{}: could not send {name}",
            self.what
        );
    }

    /// Waits for the end.
    pub fn finish(mut self) -> Finished {
        let status = self.wait();
        Finished {
            status,
            stdout: std::mem::take(&mut self.stdout).into_bytes(),
            stderr: String::from_utf8_lossy(&std::mem::take(&mut self.stderr).into_bytes())
                .into_owned(),
            what: std::mem::take(&mut self.what),
        }
    }

    fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.give_up("still running")
    }

    fn give_up(&self, problem: &str) -> ! {
        panic!(
            "{}: {problem}\nstdout: {}\nstderr: {}",
            self.what,
            self.stdout.text(),
            self.stderr.text()
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when the process is over already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that ended by itself.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub what: String,
}

impl Finished {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.status.code(),
            Some(code),
            "{}: {}\nstdout: {:.4000}\nstderr: {:.8000}",
            self.what,
            self.status,
            self.text(),
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn expect_success(self) -> Self {
        self.expect_code(0)
    }
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Finished {
    Process::start(command).finish()
}
