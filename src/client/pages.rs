//! Lists by pages, because a PBX gives no more than a hundred rows at once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::catalog::{QueryOption, Release, Variant};
use crate::client::Client;
use crate::client::error::ClientError;
use crate::client::reply::{Reply, ReplyBody};
use crate::client::request::{Arguments, BuildError, Request, build};
use crate::client::runtime::{runtime, wait};
use crate::client::wire::{Call, Wire};
use crate::guard::{Denied, Permit};
use crate::odata::Options;

/// The most rows that a PBX gives at once.
pub const PAGE: u64 = 100;

/// Some rows of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    pub rows: Vec<Value>,
    /// How many there are in all, where it was asked for and told.
    pub total: Option<u64>,
}

type Permits = Box<dyn FnMut() -> Result<Permit, Denied> + Send>;
type Answer = Result<(Reply, String), ClientError>;

/// The pages of one list, asked for as they are wanted. After an error there are no more.
pub struct Pages {
    client: Client,
    permits: Permits,
    /// The first request, of which the others are made.
    first: Request,
    options: Options,
    paged: bool,
    /// The most requests under way at once.
    most: usize,
    /// How many are allowed now: it grows with every full page, so that a short list costs no needless request.
    window: usize,
    /// Where the next request begins.
    skip: u64,
    /// How many rows to ask for beyond those already asked for.
    wanted: Option<u64>,
    /// The same, beyond those already given.
    missing: Option<u64>,
    total: Option<u64>,
    note: Option<String>,
    asked_first: bool,
    /// A link that the last page gave.
    link: Option<String>,
    under_way: VecDeque<Flight>,
    ended: bool,
}

struct Flight {
    /// Where it begins and how many rows were asked for; unknown where a link was followed.
    range: Option<(u64, u64)>,
    answer: JoinHandle<Answer>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.answer.abort();
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("first", &self.first.target).field("skip", &self.skip).finish_non_exhaustive()
    }
}

impl Pages {
    /// The list that `variant` answers to `arguments`: `top` is how many rows are wanted in all and `skip` where they
    /// begin. `permits` is asked once for each request.
    pub fn new(
        client: &Client,
        variant: &Variant,
        release: Release,
        arguments: &Arguments,
        permits: impl FnMut() -> Result<Permit, Denied> + Send + 'static,
    ) -> Result<Pages, BuildError> {
        let options = arguments.options.clone();
        Ok(Pages {
            client: client.clone(),
            permits: Box::new(permits),
            first: build(variant, release, arguments)?,
            paged: variant.has_option(QueryOption::Top, release) && variant.has_option(QueryOption::Skip, release),
            most: 1,
            window: 1,
            skip: options.skip.unwrap_or(0),
            wanted: options.top,
            missing: options.top,
            options,
            total: None,
            note: None,
            asked_first: false,
            link: None,
            under_way: VecDeque::new(),
            ended: false,
        })
    }

    /// Lets up to `requests` be under way at once: the next pages are fetched while this one is worked on.
    #[must_use]
    pub fn ahead(mut self, requests: usize) -> Pages {
        self.most = requests.max(1);
        self
    }

    /// What a simulated PBX had to say about itself.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Is it known that there are no more rows?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.ended
    }

    /// The next rows, or `None` at the end.
    pub fn next_page(&mut self) -> Result<Option<Page>, ClientError> {
        loop {
            // Where nobody wants a row, or there is none, their number can still be wanted.
            let only_count = !self.asked_first && self.options.count == Some(true);
            let page = self.advance(only_count);
            match &page {
                Ok(Some(page)) if page.rows.is_empty() && !only_count => continue,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => self.end(),
            }
            return page;
        }
    }

    fn advance(&mut self, only_count: bool) -> Result<Option<Page>, ClientError> {
        if self.ended || (self.missing == Some(0) && !only_count) {
            return Ok(None);
        }
        self.depart(1)?;
        let Some(mut flight) = self.under_way.pop_front() else { return Ok(None) };
        let landed = wait(self.client.interrupt(), async { Ok((&mut flight.answer).await) })?;
        let Ok(answer) = landed else { return Err(ClientError::Interrupted) };
        let (reply, target) = match answer {
            Err(error) if self.takes_smaller(&error, flight.range) => return self.advance(only_count),
            answer => answer?,
        };
        let (page, link) = self.page(reply, &target)?;
        self.settle(flight.range, page.rows.len() as u64, link);
        if self.most > 1 && !self.ended {
            self.window = (self.window * 2).min(self.most);
            // This page is here already; what is wrong comes up again with the page that needs it.
            let _ = self.depart(self.window);
        }
        Ok(Some(page))
    }

    /// This PBX gives fewer rows at once than others: from now on less is asked of it, from this place on.
    fn takes_smaller(&mut self, error: &ClientError, range: Option<(u64, u64)>) -> bool {
        let (ClientError::Refused(refusal), Some((skip, asked))) = (error, range) else { return false };
        let Some(most) = limit(&refusal.message).filter(|most| *most < asked && refusal.status == 400) else {
            return false;
        };
        self.client.wire.page.fetch_min(most, Ordering::SeqCst);
        self.under_way.clear();
        self.skip = skip;
        self.wanted = self.missing;
        // What was asked first was not answered.
        self.asked_first = self.total.is_some() || skip > self.options.skip.unwrap_or(0);
        true
    }

    /// Sends requests until `window` are under way or the end is in sight.
    fn depart(&mut self, window: usize) -> Result<(), ClientError> {
        while self.under_way.len() < window {
            let (request, range) = if let Some(link) = self.link.take() {
                (Request { target: link, ..self.first.clone() }, None)
            } else if !self.paged {
                if self.asked_first {
                    return Ok(());
                }
                (self.first.clone(), None)
            } else {
                let past = self.total.is_some_and(|total| self.skip >= total);
                if self.asked_first && (self.wanted == Some(0) || past) {
                    return Ok(());
                }
                let page = self.client.wire.page.load(Ordering::SeqCst);
                let size = self.wanted.map_or(page, |wanted| wanted.min(page));
                let range = (self.skip, size);
                let request = self.request(size);
                self.skip += size;
                self.wanted = self.wanted.map(|wanted| wanted - size);
                (request, Some(range))
            };
            self.asked_first = true;
            let permit = (self.permits)().map_err(ClientError::Denied)?;
            self.under_way.push_back(Flight { range, answer: depart(&self.client, permit, request)? });
            if range.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn request(&self, size: u64) -> Request {
        let options = Options {
            top: Some(size),
            skip: (self.skip > 0).then_some(self.skip),
            // The number does not change from page to page, and counting is work.
            count: self.options.count.filter(|_| !self.asked_first),
            ..self.options.clone()
        };
        let target = format!("{}?{}", self.first.path(), options.query());
        Request { target, ..self.first.clone() }
    }

    /// Decides after a page whether there can be another.
    fn settle(&mut self, range: Option<(u64, u64)>, rows: u64, link: Option<String>) {
        self.missing = self.missing.map(|missing| missing.saturating_sub(rows));
        if self.missing == Some(0) {
            self.end();
        } else if link.is_some() {
            // The PBX pages by itself, so what was asked for ahead overlaps with what it will give.
            self.under_way.clear();
            self.paged = false;
            self.link = link;
        } else {
            // More rows than asked for: a PBX that knows no pages gave everything.
            let more =
                range.is_some_and(|(skip, asked)| rows == asked && self.total.is_none_or(|total| skip + rows < total));
            if !more {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.under_way.clear();
    }

    /// The rows of an answer and the link to more of them.
    fn page(&mut self, reply: Reply, target: &str) -> Result<(Page, Option<String>), ClientError> {
        let base = &self.client.wire.base;
        let malformed = |reason: &str| ClientError::Malformed { url: base.join(target), reason: reason.to_owned() };
        let (mut rows, mut link) = (Vec::new(), None);
        self.note = reply.note;
        match reply.body {
            ReplyBody::Nothing if reply.status == 204 => {}
            // An empty list says so; silence taken for one would look as if everything were gone.
            ReplyBody::Nothing => return Err(malformed("nothing where a list was promised")),
            ReplyBody::Json(Value::Array(all)) => rows = all,
            ReplyBody::Json(Value::Object(mut answer)) => {
                self.total = answer.get("@odata.count").and_then(whole).or(self.total);
                if let Some(Value::String(next)) = answer.get("@odata.nextLink") {
                    let below = base.below(target, next);
                    let below = below.ok_or_else(|| malformed("@odata.nextLink leads to another host"))?;
                    if below == target {
                        return Err(malformed("@odata.nextLink leads to its own page"));
                    }
                    link = Some(below);
                }
                match answer.remove("value") {
                    Some(Value::Array(all)) => rows = all,
                    Some(Value::Null) => {}
                    Some(_) => return Err(malformed("a single value where a list was promised")),
                    None => return Err(malformed("an object where a list was promised")),
                }
            }
            ReplyBody::Json(_) => return Err(malformed("a single value where a list was promised")),
            ReplyBody::Download(download) => {
                let kind = download.content_type().unwrap_or_default();
                return Err(malformed(&format!("{kind} where a list was promised")));
            }
        }
        if let Some(missing) = self.missing {
            rows.truncate(usize::try_from(missing).unwrap_or(usize::MAX));
        }
        Ok((Page { rows, total: self.total }, link))
    }
}

/// Sends a request without waiting for it.
fn depart(client: &Client, permit: Permit, request: Request) -> Result<JoinHandle<Answer>, ClientError> {
    let effect = permit.effect();
    let wire: Arc<Wire> = Arc::clone(&client.wire);
    Ok(runtime()?.spawn(async move {
        let sent = AtomicBool::new(false);
        let reply = wire.send(&Call { request: &request, effect, sent: &sent, shown: true, rest: None }).await?;
        Ok((reply, request.target))
    }))
}

/// "The limit of '50' for Top query has been exceeded."
fn limit(message: &str) -> Option<u64> {
    let (_, rest) = message.split_once("limit of '")?;
    let (number, rest) = rest.split_once('\'')?;
    number.parse().ok().filter(|most| *most > 0 && rest.contains("Top"))
}

/// Numbers come as numbers and as text.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
