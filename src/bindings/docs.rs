//! What everything but the operations says about itself, in the order of a reference.

use crate::script::Doc;

/// What the bindings add to the language, apart from the operations of the catalog.
pub fn docs() -> impl Iterator<Item = &'static Doc> {
    [CONNECTIONS, FILTERS, LISTS, OBJECTS, DOWNLOADS, ERRORS].into_iter().flatten()
}

const CONNECTIONS: &[Doc] = &[
    Doc {
        name: "pbx",
        calls: &["pbx.users.list()", "pbx.groups.get(Id)"],
        text: "The PBX that this run is for: a resource behind the dot, an operation behind that. Nothing is asked before the \
               first call. Functions and closures see it too; a variable of that name goes before it.",
        example: "print(pbx.users.list().len());",
    },
    Doc {
        name: "connect",
        calls: &[
            "connect(\"branch-7\") → Connection",
            "connect(\"sandbox\") → Connection",
            "connect(\"sandbox@20.0.8\") → Connection",
            "connect(#{ url, client_id, client_secret }) → Connection",
        ],
        text: "A further PBX beside `pbx`: that of a profile, a simulated one of any release, or one by its settings. Objects \
               that came from one PBX do not stand for their keys on another.",
        example: "let old = connect(\"sandbox@20.0.8\");\nprint(old.users.list().len());",
    },
    Doc {
        name: "profiles",
        calls: &["profiles() → array", "profiles(tag)"],
        text: "The profiles of the person who runs this, or those with a tag, in the order of their file: each a map with `name`, \
               `url` and `tags`. `connect(name)` reaches the PBX of one; `parallel(profiles(\"berlin\"), 4, |p| …)` works on \
               several at once. A tag that no profile has is an error.",
        example: "for profile in profiles() { print(`${profile.name} at ${profile.url}`); }",
    },
    Doc {
        name: "Connection.supports",
        calls: &["pbx.supports(\"users.get_monitor_status\") → bool"],
        text: "Whether this PBX has an operation: releases differ.",
        example: "if pbx.supports(\"oauth_clients.list\") { print(pbx.oauth_clients.list().len()); }",
    },
    Doc {
        name: "Connection.name",
        calls: &["pbx.name → string"],
        text: "What the PBX is called: its profile, or its host, or `sandbox`.",
        example: "print(pbx.name);",
    },
    Doc {
        name: "Connection.version",
        calls: &["pbx.version → string"],
        text: "The version that the PBX calls itself, like `20.0.10.1035`.",
        example: "print(pbx.version);",
    },
    Doc {
        name: "Connection.release",
        calls: &["pbx.release → string"],
        text: "The release whose operations and types serve this PBX, like `20.0.10`.",
        example: "print(pbx.release);",
    },
    Doc {
        name: "Connection.last_request",
        calls: &["pbx.last_request() → Exchange"],
        text: "The last request to this PBX, without logins; `()` before the first one. It has `method`, `url`, `seconds` and `status`, \
               which is `()` where no answer came, and `to_map()`.",
        example: "pbx.users.list();\nlet last = pbx.last_request();\nprint(`${last.method} ${last.status}`);",
    },
    Doc {
        name: "Exchange.curl",
        calls: &["pbx.last_request().curl() → string"],
        text: "The request as a command line, with `$TOKEN` in the place of the token and `***` in that of passwords and other \
               secrets.",
        example: "pbx.users.list();\nprint(pbx.last_request().curl());",
    },
    Doc {
        name: "Connection.curl",
        calls: &["pbx.curl() → string"],
        text: "`pbx.last_request().curl()` for short; `()` before the first request.",
        example: "pbx.users.list();\nprint(pbx.curl());",
    },
    Doc {
        name: "Connection.ahead",
        calls: &["pbx.ahead → int", "pbx.ahead = 8"],
        text: "How many pages of a list may be under way at once, from 1 to 16. `--ahead` sets it for all PBXs, \
               `List.ahead` and the option `ahead` for one list.",
        example: "pbx.ahead = 8;\nfor peer in pbx.peers.list() { print(peer.Number); }",
    },
];

const FILTERS: &[Doc] = &[
    Doc {
        name: "filter",
        calls: &["filter(\"Number eq ? and Id gt ?\", value, …) → string"],
        text: "A filter with values in the places of the question marks, quoted so that no value can become a part of the \
               expression. Takes up to eight values; an array is the list of an `in`. Dates, durations and GUIDs lose their quotes \
               where they are compared with a property of that kind.",
        example: "let name = \"O'Neil\";\nprint(pbx.users.list(#{ filter: filter(\"LastName eq ? or Number in ?\", name, [\"100\", \"101\"]) }).len());",
    },
    Doc {
        name: "options.filter",
        calls: &[
            "#{ filter: \"Enabled eq true\" }",
            "#{ filter: #{ Enabled: true, Number: [\"100\", \"101\"], Mobile: () } }",
            "#{ filter: #{ Id: #{ gt: 5, le: 10 }, FirstName: #{ startswith: \"A\" } } }",
            "#{ filter: #{ Hours: #{ Type: \"OfficeHours\" }, Groups: #{ Name: \"Sales\" } } }",
        ],
        text: "A text of OData, or a map whose terms must all hold: a value, an array of values, `()` for none, or a map with \
               eq, ne, gt, ge, lt, le, contains, startswith, endswith (an array behind ne: none of these). The properties of a property stand in a map of their \
               own; of a collection, some element must fit. Names and types are checked before anything is sent.",
        example: "for user in pbx.users.list(#{ filter: #{ Enabled: true, Number: #{ lt: \"105\" } } }) { print(user.Number); }",
    },
];

const LISTS: &[Doc] = &[
    Doc {
        name: "List",
        calls: &["for user in pbx.users.list() { … }", "for (user, place) in pbx.users.list() { … }"],
        text: "The rows that an operation answers with. The first page comes with the call, the others while a loop goes \
               through them, some pages ahead of it; a loop that ends early fetches no more. Every loop asks anew. A page that \
               fails is an error of the loop, after the rows before it.",
        example: "for user in pbx.users.list(#{ top: 3, orderby: \"Number\" }) { print(user.Number); }",
    },
    Doc {
        name: "List.len",
        calls: &["list.len() → int", "list.count() → int"],
        text: "How many rows a loop would see. The PBX is asked where that is not known yet; no rows are fetched for it.",
        example: "print(pbx.users.list(#{ filter: #{ Enabled: true } }).len());",
    },
    Doc {
        name: "List.total",
        calls: &["list.total() → int"],
        text: "How many rows fit the filter, whatever `top` and `skip` say.",
        example: "print(pbx.users.list(#{ top: 3 }).total());",
    },
    Doc {
        name: "List.is_empty",
        calls: &["list.is_empty() → bool"],
        text: "Whether there is no row.",
        example: "print(pbx.users.list(#{ filter: #{ Number: \"999\" } }).is_empty());",
    },
    Doc {
        name: "List.[]",
        calls: &["list[0]", "list[-1]"],
        text: "The row at a place, from 0; negative places count from the end. Only its page or itself is fetched.",
        example: "print(pbx.users.list(#{ orderby: \"Number\" })[0].Number);",
    },
    Doc {
        name: "List.first",
        calls: &["list.first()"],
        text: "The first row, or `()`.",
        example: "print(pbx.users.list(#{ filter: #{ Number: \"100\" } }).first()?.FirstName);",
    },
    Doc {
        name: "List.last",
        calls: &["list.last()"],
        text: "The last row, or `()`.",
        example: "print(pbx.users.list(#{ orderby: \"Number\" }).last()?.Number);",
    },
    Doc {
        name: "List.take",
        calls: &["list.take(n) → array"],
        text: "The first rows, at most n.",
        example: "print(pbx.users.list().take(2).len());",
    },
    Doc {
        name: "List.extract",
        calls: &["list.extract(start) → array", "list.extract(start, n) → array"],
        text: "The rows from a place on, all or n of them, as `extract` of arrays does. To leave rows out from the beginning, ask \
               with `skip`.",
        example: "print(pbx.users.list().extract(1, 2).len());",
    },
    Doc {
        name: "List.to_array",
        calls: &["list.to_array() → array"],
        text: "All rows at once. A loop that deletes what it goes through, or changes what the filter asks for, needs this.",
        example: "for contact in pbx.contacts.list(#{ filter: #{ CompanyName: \"Nobody\" } }).to_array() { pbx.contacts.delete(contact); }",
    },
    Doc {
        name: "List.ahead",
        calls: &["list.ahead(pages) → List", "pbx.users.list(#{ ahead: 2 })"],
        text: "The same list with up to that many pages under way at once, from 1 to 16; 4 without it. 1 fetches each page when it \
               is wanted.",
        example: "for user in pbx.users.list().ahead(1) { print(user.Number); }",
    },
    Doc {
        name: "List.map",
        calls: &["list.map(|row| …) → array", "list.map(|row, place| …) → array"],
        text: "What a closure makes of every row. Rows are fetched page by page and not kept.",
        example: "print(pbx.users.list().map(|user| user.Number).to_json());",
    },
    Doc {
        name: "List.filter",
        calls: &["list.filter(|row| …) → array"],
        text: "The rows for which a closure gives true; what is neither true nor false is an error. The option `filter` does the same on the PBX and sends less.",
        example: "print(pbx.users.list().filter(|user| user.Number.ends_with(\"1\")).len());",
    },
    Doc {
        name: "List.for_each",
        calls: &["list.for_each(|row, place| …)", "array.for_each(|item, place| …)"],
        text: "Calls a closure with every row; with every element of an array, which is `this`, too, and can be changed there.",
        example: "pbx.users.list().for_each(|user| print(user.Number));",
    },
    Doc {
        name: "List.find",
        calls: &["list.find(|row| …)", "list.find_map(|row| …)"],
        text: "The first row for which a closure gives true, or `()`; with `find_map` the first value that is not `()`. Fetches no \
               further.",
        example: "print(pbx.users.list().find(|user| user.Number == \"101\")?.FirstName);",
    },
    Doc {
        name: "List.index_of",
        calls: &["list.index_of(|row| …) → int"],
        text: "The place of the first row for which a closure gives true, or -1.",
        example: "print(pbx.users.list().index_of(|user| user.Number == \"101\"));",
    },
    Doc {
        name: "List.some",
        calls: &["list.some(|row| …) → bool", "list.any(|row| …) → bool"],
        text: "Whether a closure gives true for some row. Fetches no further than that row.",
        example: "print(pbx.users.list().some(|user| user.Number == \"101\"));",
    },
    Doc {
        name: "List.all",
        calls: &["list.all(|row| …) → bool"],
        text: "Whether a closure gives true for every row.",
        example: "print(pbx.users.list().all(|user| user.Number != \"\"));",
    },
    Doc {
        name: "List.contains",
        calls: &["list.contains(value) → bool", "value in list"],
        text: "Whether some row equals the value.",
        example: "let list = pbx.users.list(#{ select: \"Number\" });\nprint(#{ Number: \"100\" } in list);",
    },
    Doc {
        name: "List.count",
        calls: &["list.count(|row| …) → int"],
        text: "For how many rows a closure gives true.",
        example: "print(pbx.users.list().count(|user| user.Enabled));",
    },
    Doc {
        name: "List.reduce",
        calls: &["list.reduce(|result, row| …, start)"],
        text: "Goes through all rows and hands on what the closure gives.",
        example: "print(pbx.users.list().reduce(|sum, user| sum + user.Number.len(), 0));",
    },
    Doc {
        name: "List.sort_by",
        calls: &["list.sort_by(\"Name\") → array", "list.sort_by(|row| …) → array", "array.sort_by(…) → array"],
        text: "All rows, ordered by a property or by what a closure gives. Works on arrays too and leaves them as they are. The \
               option `orderby` lets the PBX do it.",
        example: "print(pbx.users.list().sort_by(\"LastName\").map(|user| user.LastName).to_json());",
    },
    Doc {
        name: "List.group_by",
        calls: &["list.group_by(\"Name\") → map", "list.group_by(|row| …) → map", "array.group_by(…) → map"],
        text: "A map from each value of a property, or of a closure, to an array of the rows with it. Works on arrays too.",
        example: "let kinds = pbx.peers.list().group_by(\"Type\");\nfor kind in kinds.keys() { print(`${kind}: ${kinds[kind].len()}`); }",
    },
    Doc {
        name: "List.save",
        calls: &[
            "list.save(\"users.csv\") → int",
            "array.save(\"users.csv\") → int",
            "list.save(\"users.csv\", #{ columns: [\"Number\", \"Hours.Type\"], separator: \";\", excel: true }) → int",
        ],
        text: "Writes all rows to a file, as CSV, NDJSON or JSON by its ending, and says how many they were. The file appears when \
               it is complete, or not at all. The options are those of `csv::write`; NDJSON and JSON take `columns` alone. Works on \
               arrays of objects or maps too.",
        example: "pbx.users.list(#{ select: \"Number,FirstName\" }).save(\"users.csv\");\npbx.users.list().filter(|user| user.Mobile == ()).save(\"without-mobile.csv\", #{ columns: [\"Number\"] });",
    },
];

const OBJECTS: &[Doc] = &[
    Doc {
        name: "Object",
        calls: &["Group(#{ Name: \"Support\" }) → Group", "Group() → Group"],
        text: "Every type of the API is a function that makes an object of it. A property that does not exist, or a value of the \
               wrong type, is an error at once; maps inside of it become objects of their types. `()` is sent as null. \
               Wherever an operation takes an object, a map will do.",
        example: "let group = Group(#{ Name: \"Support\", Members: [#{ Number: \"100\" }] });\nprint(group.Members[0].Number);",
    },
    Doc {
        name: "Object.properties",
        calls: &["group.Name", "group.Hours.Type = \"OfficeHours\"", "for name in group { … }", "\"Name\" in group"],
        text: "Properties are read and set as the API names them, at any depth. What is not set is `()`; so is what a list did not \
               select or expand. A property that only a newer PBX knows can be read, and set where the PBX sent it. A loop goes \
               through the names that are set.",
        example: "let user = pbx.users.get_by_number(\"100\");\nuser.Mobile = \"+15550100\";\nfor name in user.changed().keys() { print(name); }",
    },
    Doc {
        name: "Object.keys",
        calls: &["object.keys() → array", "object.values() → array", "object.len() → int", "object.is_empty() → bool"],
        text: "The names of the properties that are set, in the order of the alphabet, their values, and how many they are.",
        example: "print(Group(#{ Name: \"Support\" }).keys().to_json());",
    },
    Doc {
        name: "Object.contains",
        calls: &["object.contains(\"Name\") → bool", "\"Name\" in object"],
        text: "Whether a property is set.",
        example: "print(\"Name\" in Group(#{ Name: \"Support\" }));",
    },
    Doc {
        name: "Object.to_map",
        calls: &["object.to_map() → map"],
        text: "A copy in maps, at every depth, that may be changed freely.",
        example: "let copy = pbx.groups.list().first().to_map();\ncopy.remove(\"Id\");\nprint(type_of(copy));",
    },
    Doc {
        name: "Object.to_json",
        calls: &["value.to_json() → string"],
        text: "The JSON of an object; of arrays, maps and all other values too.",
        example: "print(Group(#{ Name: \"Support\" }).to_json());",
    },
    Doc {
        name: "Object.changed",
        calls: &["object.changed() → map", "object.is_changed() → bool"],
        text: "The properties that differ from what the PBX sent, with their new values: what an update would send. Of an object \
               that the script made, all of them.",
        example: "let user = pbx.users.get_by_number(\"100\");\nuser.Mobile = \"+15550100\";\nprint(user.changed().to_json());",
    },
    Doc {
        name: "Object.original",
        calls: &["object.original()"],
        text: "The object as the PBX has it, or `()` if the script made it. `user = user.original()` takes all changes back.",
        example: "let user = pbx.users.get_by_number(\"100\");\nuser.Mobile = \"+15550100\";\nuser = user.original();\nprint(user.is_changed());",
    },
    Doc {
        name: "Object.diff",
        calls: &["object.diff(other) → map"],
        text: "What differs: a map from the path of each property, like `Hours.Type`, to `#{ from, to }`. Between two objects of a \
               type all properties are compared, with a map only those that stand in it. Arrays are compared as a whole.",
        example: "let wanted = #{ Enabled: true, Mobile: \"+15550100\" };\nlet diff = pbx.users.get_by_number(\"100\").diff(wanted);\nfor path in diff.keys() { print(`${path}: ${diff[path].from} -> ${diff[path].to}`); }",
    },
    Doc {
        name: "Object.remove",
        calls: &["object.remove(\"Name\")"],
        text: "Takes a property out and gives its value: it is not sent any more. To send null, set it to `()`.",
        example: "let copy = pbx.contacts.list().first();\ncopy.remove(\"Id\");\ncopy.PhoneNumber = \"+15550199\";\npbx.contacts.create(copy.to_map());",
    },
    Doc {
        name: "Object.update",
        calls: &["pbx.users.update(user)", "pbx.users.update(Id, #{ Mobile: \"…\" })"],
        text: "An update with an object that came from the PBX sends the properties that changed and nothing else; nothing at all if \
               none did, which is said once on stderr. Keys say which object is meant and cannot be changed. What else only \
               the PBX may set, its description does not tell: the PBX refuses that or leaves it as it is.",
        example: "let user = pbx.users.get_by_number(\"100\");\nuser.Mobile = \"+15550100\";\npbx.users.update(user);",
    },
    Doc {
        name: "Object.methods",
        calls: &["fn User.full_name() { `${this.FirstName} ${this.LastName}` }"],
        text: "A function of the script with a type before its name is a method of the objects of that type.",
        example: "fn User.full_name() { `${this.FirstName} ${this.LastName}` }\nprint(pbx.users.list().first().full_name());",
    },
    Doc {
        name: "Enum",
        calls: &["PeerType::Extension → string"],
        text: "The values of every enum, as constants. The text itself will do too; a wrong one is an error that names the nearest.",
        example: "print(PeerType::Extension);\nprint(pbx.peers.list(#{ filter: #{ Type: PeerType::Queue } }).len());",
    },
];

const DOWNLOADS: &[Doc] = &[
    Doc {
        name: "Download.save",
        calls: &["download.save(\"chats.csv\")"],
        text: "Writes the file as it comes. Rows of a CSV become NDJSON or JSON where the ending of the path asks for it.",
        example: "pbx.chat_history_view.download_chat_history(\"UTC\", #{ top: 5 }).save(\"chats.ndjson\");",
    },
    Doc {
        name: "Download.text",
        calls: &["download.text() → string"],
        text: "The whole file as text.",
        example: "print(pbx.chat_history_view.download_chat_history(\"UTC\", #{ top: 1 }).text().len() > 0);",
    },
    Doc {
        name: "Download.rows",
        calls: &["download.rows() → array"],
        text: "The rows of a CSV, each as a map by the names in its first line.",
        example: "print(pbx.chat_history_view.download_chat_history(\"UTC\", #{ top: 5 }).rows().len());",
    },
    Doc {
        name: "Download.content_type",
        calls: &["download.content_type → string"],
        text: "What the PBX says the file is, like `text/csv`.",
        example: "print(pbx.chat_history_view.download_chat_history(\"UTC\", #{ top: 1 }).content_type);",
    },
    Doc {
        name: "Download.file_name",
        calls: &["download.file_name → string"],
        text: "The name that the PBX suggests for the file, or `()`.",
        example: "print(pbx.chat_history_view.download_chat_history(\"UTC\", #{ top: 1 }).file_name);",
    },
];

const ERRORS: &[Doc] = &[
    Doc {
        name: "Error",
        calls: &["try { … } catch (e) { … }"],
        text: "What a failing call throws. Printed, it is its message; properties that it does not have are `()`. Rethrown, it \
               keeps the place where it happened. What the engine itself finds, as a division by zero, is caught as a map without a \
               `code`: `e.error` is its kind, like `ErrorArithmetic`, `e.message` its words. `e.code ?? e.error` fits both. A \
               text that was thrown is caught as that text.",
        example: "try { pbx.users.get(999999) } catch (e) { print(`${e.status} ${e.code}: ${e.hint}`); }",
    },
    Doc {
        name: "Error.code",
        calls: &["e.code → string"],
        text: "The kind of fault: the PBX's own code if it gave one, else a name like `unknown-property`, `http-404`, `timeout`.",
        example: "try { pbx.users.create(#{ Number: \"100\" }) } catch (e) { print(e.code); }",
    },
    Doc {
        name: "Error.message",
        calls: &["e.message → string", "e.hint → string"],
        text: "What happened, and what to do about it; the hint can be `()`.",
        example: "let given = #{ Nme: \"x\" };\ntry { Group(given) } catch (e) { print(`${e.message}; ${e.hint}`); }",
    },
    Doc {
        name: "Error.status",
        calls: &["e.status → int"],
        text: "The HTTP status with which the PBX refused, or `()` if it did not.",
        example: "try { pbx.users.get(999999) } catch (e) { print(e.status); }",
    },
    Doc {
        name: "Error.reason",
        calls: &["e.reason → string"],
        text: "Why the PBX refused, or `()` where what it said and what it answered before leave more than one reason. For a \
               403: `role`, `department` (System Wide), `console` (Console Restrictions: everything is refused), `licence`, `never` \
               (not for clients). For a 404: `key`, `operation`. For a 401: `token` (another program uses the same client), `clock`. \
               For a login: `credentials`, `client-id`, `secret`, `access` (not for this API), `locked`, `licence`, `starting`.",
        example: "try { pbx.my_user.get() } catch (e) { print(e.reason); }",
    },
    Doc {
        name: "Error.uncertain",
        calls: &["e.uncertain → bool"],
        text: "Whether it was a change whose answer was lost, so that nobody can know whether it happened: look before doing it \
               again. Requests that can do no harm a second time have been repeated by then; of a create with a `Number` or \
               a `Name` it was looked whether the object is there.",
        example: "try { pbx.users.create(#{ Number: \"100\" }) } catch (e) { print(e.uncertain); }",
    },
    Doc {
        name: "Error.target",
        calls: &["e.target → string", "e.details → array"],
        text: "The property that the PBX complains about, and all its complaints as maps with code, message and target.",
        example: "try { pbx.users.create(#{ Number: \"100\" }) } catch (e) { print(`${e.target}: ${e.details.len()}`); }",
    },
    Doc {
        name: "Error.retry_after",
        calls: &["e.retry_after → int"],
        text: "After how many seconds the PBX wants to be asked again, or `()` if it did not say. `retry` waits for it by itself.",
        example: "try { pbx.users.get(999999) } catch (e) { if e.retry_after != () { sleep(e.retry_after); } }",
    },
    Doc {
        name: "Error.operation",
        calls: &["e.operation → string"],
        text: "The operation that failed, like `users.create`.",
        example: "try { pbx.users.get(999999) } catch (e) { print(e.operation); }",
    },
];
