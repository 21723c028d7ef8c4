//! Values that fit their type and are refused all the same: bounds and forms that the names of properties imply.

use std::net::IpAddr;

use serde_json::Value;

use crate::sandbox::problem::{INVALID_PIN, OUT_OF_RANGE};

const LONGEST_NAME: usize = 255;

/// The code of what is wrong with a property's value.
pub(super) fn check(ty: &str, name: &str, value: &Value) -> Result<(), &'static str> {
    match value {
        Value::Number(number) => {
            let fits = number.as_i64().zip(bounds(ty, name)).is_none_or(|(n, (low, high))| (low..=high).contains(&n));
            fits.then_some(()).ok_or(OUT_OF_RANGE)
        }
        Value::String(text) if text.is_empty() => Ok(()),
        Value::String(text) => form(name, text),
        _ => Ok(()),
    }
}

fn bounds(ty: &str, name: &str) -> Option<(i64, i64)> {
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
    Some(match (ty, name) {
        ("Holiday", "Day" | "DayEnd") => (1, 31),
        ("Holiday", "Month" | "MonthEnd") => (1, 12),
        ("Holiday", "Year" | "YearEnd") => (0, 9999),
        _ if ends(&["Port"]) => (0, 65_535),
        _ if ends(&["Timeout", "Time", "Interval", "Days", "Months", "CallersInQueue", "SimultaneousCalls"]) => {
            (0, i64::MAX)
        }
        _ => return None,
    })
}

fn form(name: &str, text: &str) -> Result<(), &'static str> {
    let (fits, code) = match name {
        "IPAddrMask" => (is_network(text), "WARNINGS.INVALID_IP_MASK"),
        "VMPIN" => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            (digits && (4..=10).contains(&text.len()), INVALID_PIN)
        }
        "MacAddress" => {
            let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
            (hex && text.len() == 12, "WARNINGS.XAPI.INVALID_HEX_CHARACTER")
        }
        "Name" | "FirstName" | "LastName" | "DisplayName" | "RuleName" | "CompanyName" => {
            (text.chars().count() <= LONGEST_NAME, "WARNINGS.LENGTH_NOT_MORE_255_CHARS")
        }
        _ => return Ok(()),
    };
    fits.then_some(()).ok_or(code)
}

/// `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, and the same of IPv6 with a length.
fn is_network(text: &str) -> bool {
    let (address, mask) = text.split_once('/').map_or((text, None), |(address, mask)| (address, Some(mask)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let length = |mask: &str| mask.parse::<u8>().is_ok_and(|length| length <= bits);
    // A mask is ones and then zeros.
    let written_out = |mask: &str| match (address, mask.parse()) {
        (IpAddr::V4(_), Ok(IpAddr::V4(mask))) => mask.to_bits().leading_ones() + mask.to_bits().trailing_zeros() == 32,
        _ => false,
    };
    mask.is_none_or(|mask| length(mask) || written_out(mask))
}
