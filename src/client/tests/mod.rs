//! The client against servers on the loopback, and its requests against the whole catalog.

mod downloads;
mod paging;
mod requests;
mod server;
mod survival;
mod uploads;
mod wire;
