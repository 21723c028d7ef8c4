//! stub
use crate::catalog::{Catalog, Release};
pub struct Setup {
    pub release: Release,
    pub seed: u64,
    pub clock: Clock,
}
pub type Clock = std::sync::Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
pub struct Pbx;
impl Pbx {
    pub fn company(_: &'static Catalog, _: Setup) -> Pbx {
        Pbx
    }
}
pub struct Server;
impl Server {
    pub fn start(_: Pbx, _: u16) -> std::io::Result<Server> {
        Ok(Server)
    }
    pub fn url(&self) -> &str {
        "http://127.0.0.1:1"
    }
}
pub const CLIENT_ID: &str = "a";
pub const CLIENT_SECRET: &str = "b";
