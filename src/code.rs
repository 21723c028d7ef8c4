//! The stable names of all errors and findings: what a report shows, a script catches as `e.code`, and `pbxsh explain` explains.
//!
//! A code never changes its name or its meaning: scripts compare it. What each of them means, and how a program that ends
//! with it exits, stands in `diag/codes.rs` and `diag/codes.txt`.

macro_rules! codes {
    ($($variant:ident $name:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($variant),*
        }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name),*
                }
            }
        }
    };
}

codes! {
    // Scripts that are none.
    Syntax "syntax"
    UndefinedVariable "undefined-variable"
    UndefinedModule "undefined-module"
    BadImport "bad-import"
    UnknownFunction "unknown-function"
    // Calls that are wrong.
    UnknownResource "unknown-resource"
    UnknownOperation "unknown-operation"
    NotCalled "not-called"
    WrongArguments "wrong-arguments"
    MissingArgument "missing-argument"
    UnknownOption "unknown-option"
    UnknownProperty "unknown-property"
    UnknownValue "unknown-value"
    UnknownColumn "unknown-column"
    UnknownZone "unknown-zone"
    UnknownFormat "unknown-format"
    WrongType "wrong-type"
    Nothing "nothing"
    OutOfRange "out-of-range"
    TooLong "too-long"
    BadFilter "bad-filter"
    BadPattern "bad-pattern"
    NoKey "no-key"
    KeyChanged "key-changed"
    ForeignObject "foreign-object"
    ListChanged "list-changed"
    OnlyPlanned "only-planned"
    PlanStale "plan-stale"
    Constant "constant"
    OnlyRead "only-read"
    NotOnRelease "not-on-release"
    Spent "spent"
    NoRows "no-rows"
    NoSuchRow "no-such-row"
    UnfitFile "unfit-file"
    // What only a look at the script finds.
    Shadowed "shadowed"
    UnusedImport "unused-import"
    UnusedVariable "unused-variable"
    EmptyLoop "empty-loop"
    DeadCode "dead-code"
    NoValue "no-value"
    LostChange "lost-change"
    Placeholder "placeholder"
    UnknownCode "unknown-code"
    // What happens while a script runs.
    Thrown "thrown"
    Assertion "assertion"
    NoSuchElement "no-such-element"
    Arithmetic "arithmetic"
    BadFormat "bad-format"
    TooDeep "too-deep"
    TooLarge "too-large"
    DataRace "data-race"
    Engine "engine"
    NoTerminal "no-terminal"
    EndOfInput "end-of-input"
    NoRandom "no-random"
    Threads "threads"
    Internal "internal"
    // Limits and permissions.
    TimeLimit "time-limit"
    StepLimit "step-limit"
    MemoryLimit "memory-limit"
    Interrupted "interrupted"
    Denied "denied"
    NotConfirmed "not-confirmed"
    Forbidden "forbidden"
    Rehearsal "rehearsal"
    File "file"
    // The way to a PBX.
    NotConfigured "not-configured"
    BadConfiguration "bad-configuration"
    UnknownConnection "unknown-connection"
    UnknownProfile "unknown-profile"
    UnknownTag "unknown-tag"
    DuplicateProfile "duplicate-profile"
    BadProfileName "bad-profile-name"
    NoSecret "no-secret"
    OpenSecret "open-secret"
    Keyring "keyring"
    BadUrl "bad-url"
    Sandbox "sandbox"
    Unreachable "unreachable"
    BadProxy "bad-proxy"
    Proxy "proxy"
    Tls "tls"
    Timeout "timeout"
    NotAPbx "not-a-pbx"
    Cut "cut"
    Malformed "malformed"
    BadDescription "bad-description"
    Login "login"
    // What a PBX refuses.
    Http400 "http-400"
    Http401 "http-401"
    Http403 "http-403"
    Http404 "http-404"
    Http429 "http-429"
    Http500 "http-500"
    Refused "refused"
    PartlyFailed "partly-failed"
    NameTaken "name-taken"
    // The command line, and files of tests.
    Usage "usage"
    UnknownRelease "unknown-release"
    UnknownSetting "unknown-setting"
    SettingTwice "setting-twice"
    BadState "bad-state"
    TestWithParameters "test-with-parameters"
    ReturnedEarly "returned-early"
}

impl Code {
    /// The code of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// What a refusal without a code of the PBX's own falls under.
    #[must_use]
    pub fn of_status(status: u16) -> Code {
        match status {
            400 => Code::Http400,
            401 => Code::Http401,
            403 => Code::Http403,
            404 => Code::Http404,
            429 => Code::Http429,
            500 => Code::Http500,
            _ => Code::Refused,
        }
    }
}
