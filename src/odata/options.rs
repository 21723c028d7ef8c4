//! The eight query options of a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What neither ends a value nor changes its meaning stays readable. A plus is a space to some servers and a plus to
/// others, so it is never left bare.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b'*')
    .remove(b'$');

/// What narrows, orders and widens an answer. Empty lists and blank texts count as not given.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Options {
    pub top: Option<u64>,
    pub skip: Option<u64>,
    pub search: Option<String>,
    pub filter: Option<String>,
    pub count: Option<bool>,
    pub select: Vec<String>,
    pub orderby: Vec<String>,
    pub expand: Vec<String>,
}

impl Options {
    /// `$top=5&$filter=Number%20eq%20'100'`, percent-encoded; empty if nothing is given.
    #[must_use]
    pub fn query(&self) -> String {
        let parts = [
            ("$top", self.top.map(|top| top.to_string())),
            ("$skip", self.skip.map(|skip| skip.to_string())),
            ("$search", given(self.search.as_ref()).map(phrase)),
            ("$filter", given(self.filter.as_ref()).map(str::to_owned)),
            ("$count", self.count.map(|count| count.to_string())),
            ("$select", list(&self.select)),
            ("$orderby", list(&self.orderby)),
            ("$expand", list(&self.expand)),
        ];
        let mut query = String::new();
        for (name, value) in parts {
            let Some(value) = value else { continue };
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            query.extend(utf8_percent_encode(&value, QUERY));
        }
        query
    }
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn list(items: &[String]) -> Option<String> {
    let items: Vec<&str> = items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).collect();
    (!items.is_empty()).then(|| items.join(","))
}

/// Two bare words are refused by a PBX, so a phrase is quoted unless it is an expression already.
fn phrase(text: &str) -> String {
    let expression = text.contains('"') || text.split_whitespace().any(|word| matches!(word, "AND" | "OR" | "NOT"));
    if expression || !text.contains(char::is_whitespace) { text.to_owned() } else { format!("\"{text}\"") }
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn search(text: &str) -> String {
        Options { search: Some(text.to_owned()), ..Options::default() }.query()
    }

    #[test]
    fn nothing_given_is_empty() {
        assert_eq!(Options::default().query(), "");
        let blank = Options {
            filter: Some("  ".to_owned()),
            search: Some(String::new()),
            select: vec![String::new()],
            ..Options::default()
        };
        assert_eq!(blank.query(), "");
    }

    #[test]
    fn all_in_order_and_encoded() {
        let options = Options {
            top: Some(5),
            skip: Some(0),
            search: Some("two words".to_owned()),
            filter: Some("Name eq 'a+b & c#d' and Id gt 5".to_owned()),
            count: Some(true),
            select: vec!["Id".to_owned(), "Number".to_owned()],
            orderby: vec!["Number desc".to_owned()],
            expand: vec!["Groups($select=Name;$expand=Rights)".to_owned()],
        };
        assert_eq!(
            options.query(),
            "$top=5&$skip=0&$search=%22two%20words%22&$filter=Name%20eq%20'a%2Bb%20%26%20c%23d'%20and%20Id%20gt%205\
             &$count=true&$select=Id,Number&$orderby=Number%20desc&$expand=Groups($select%3DName%3B$expand%3DRights)"
        );
    }

    #[test]
    fn search_phrases_are_quoted_once() {
        assert_eq!(search("word"), "$search=word");
        assert_eq!(search("two words"), "$search=%22two%20words%22");
        assert_eq!(search("\"two words\""), "$search=%22two%20words%22");
        assert_eq!(search("sales AND berlin"), "$search=sales%20AND%20berlin");
        assert_eq!(search("NOT fax"), "$search=NOT%20fax");
        assert_eq!(search("ANDY ORR"), "$search=%22ANDY%20ORR%22");
    }
}
