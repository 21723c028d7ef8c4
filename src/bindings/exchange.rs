//! The last request, for those who want to see what was asked.

use serde_json::{Value, json};

use crate::bindings::connection::Connection;
use crate::bindings::value;
use crate::client::Exchange;
use crate::script::native::{Dynamic, Engine};

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Exchange>("Exchange");
    for name in ["method", "url", "status", "seconds"] {
        engine.register_get(name, move |exchange: &mut Exchange| value::plain(&fields(exchange)[name]));
    }
    for function in ["to_string", "to_debug", "print", "debug"] {
        engine.register_fn(function, |exchange: &mut Exchange| {
            let status = exchange.result.as_ref().map_or_else(|_| "no answer".to_owned(), u16::to_string);
            format!("{} {} -> {status}", exchange.method, exchange.url)
        });
    }
    engine.register_fn("to_map", |exchange: &mut Exchange| value::plain(&fields(exchange)));
    engine.register_fn("curl", |exchange: &mut Exchange| exchange.curl());
    engine.register_fn("last_request", |pbx: &mut Connection| pbx.last_request().map_or(Dynamic::UNIT, Dynamic::from));
    engine.register_fn("curl", |pbx: &mut Connection| {
        pbx.last_request().map_or(Dynamic::UNIT, |exchange| exchange.curl().into())
    });
}

pub(super) fn fields(exchange: &Exchange) -> Value {
    json!({
        "method": exchange.method,
        "url": exchange.url,
        "status": exchange.result.as_ref().ok(),
        "seconds": exchange.time.as_secs_f64(),
    })
}
