//! What is typed, as the terminal itself reads it.

use std::io::{BufRead, ErrorKind, Write};

use crate::cli::world::World;

impl World {
    /// A line that is typed behind a text; nothing at the end of the input. What is hidden is not shown by it.
    ///
    /// # Errors
    /// `Interrupted`, if something ended the wait; others where nothing can be read.
    pub(in crate::cli) fn read_line(
        &self,
        behind: &str,
        hidden: bool,
        over: &dyn Fn() -> bool,
    ) -> std::io::Result<Option<String>> {
        // A question is no output.
        std::io::stderr().write_all(behind.as_bytes())?;
        let _hidden = if hidden { Some(Silence::new()?) } else { None };
        let mut line = Vec::new();
        let read = until_typed(over).and_then(|()| std::io::stdin().lock().read_until(b'\n', &mut line));
        // A terminal that sends something else than UTF-8 is to lose a letter and not its prompt.
        let line = String::from_utf8_lossy(&line);
        if !matches!(read, Ok(1..)) {
            // Nobody has pressed Enter.
            let _ = writeln!(std::io::stderr());
        }
        Ok((read? > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
    }

    /// Is more typed already than was read?
    pub(in crate::cli) fn is_typed_ahead(&self) -> bool {
        is_typed(0).unwrap_or(false)
    }
}

/// A terminal that does not show what is typed, for as long as this is held.
#[cfg(unix)]
struct Silence(nix::sys::termios::Termios);

#[cfg(unix)]
impl Silence {
    fn new() -> std::io::Result<Silence> {
        use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin())?;
        let mut silent = before.clone();
        silent.local_flags &= !LocalFlags::ECHO;
        // Enter ends the line on the screen, too.
        silent.local_flags |= LocalFlags::ECHONL;
        tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &silent)?;
        Ok(Silence(before))
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        use nix::sys::termios::{SetArg, tcsetattr};
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &self.0);
    }
}

/// Here only the line editor can hide what is typed.
#[cfg(not(unix))]
struct Silence;

#[cfg(not(unix))]
impl Silence {
    fn new() -> std::io::Result<Silence> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// Waits until a whole line is there. Only where nobody reads can a wait be ended from outside.
#[cfg(unix)]
fn until_typed(over: &dyn Fn() -> bool) -> std::io::Result<()> {
    const NAP: u8 = 50;
    while !over() {
        match is_typed(NAP) {
            Ok(false) | Err(nix::errno::Errno::EINTR) => {}
            Ok(true) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(ErrorKind::Interrupted.into())
}

#[cfg(not(unix))]
fn until_typed(_: &dyn Fn() -> bool) -> std::io::Result<()> {
    Ok(())
}

/// Is there something to be read, or is there within so many milliseconds?
#[cfg(unix)]
fn is_typed(within: u8) -> nix::Result<bool> {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let input = std::io::stdin();
    poll(&mut [PollFd::new(input.as_fd(), PollFlags::POLLIN)], PollTimeout::from(within)).map(|ready| ready > 0)
}

/// Nobody can say.
#[cfg(not(unix))]
fn is_typed(_: u8) -> std::io::Result<bool> {
    Ok(false)
}
