//! Many processes under tokens that live for seconds, and clocks that are hours apart.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tempfile::TempDir;

use crate::common::Pbxsh;
use crate::transport::site::{Say, Seen, Site};
use crate::transport::{against, ask, going, is_long};

/// How long a token of these tests lives, in seconds.
const LIFE: u32 = 3;

fn site(ahead: SignedDuration, life: u32) -> Site {
    let pbx = going(ahead, life);
    Site::plain("127.0.0.1", move |request| {
        let login = request.uri().path() == "/connect/token";
        let answer = ask(&pbx, request);
        // As long as a real one takes, so that two could overlap.
        if login { Say::Later(Duration::from_millis(60), answer) } else { Say::Answer(answer) }
    })
}

/// A run that shares its tokens with others of this home.
fn run(site: &Site, home: &TempDir, code: &str) -> Pbxsh {
    let run = against(&site.url, ["--retries", "0", "-e", code]);
    run.variable("HOME", &home.path().display().to_string())
}

/// Logins that began before another one had ended.
fn overlaps(logins: &[Seen]) -> usize {
    let mut logins = logins.to_vec();
    logins.sort_by_key(|login| login.begun);
    logins.windows(2).filter(|two| two[1].begun < two[0].ended).count()
}

#[test]
fn long_ten_processes_log_in_one_at_a_time() {
    let (site, home) = (site(SignedDuration::ZERO, LIFE), TempDir::new().expect("a home"));
    let seconds = if is_long() { 60 } else { 5 };
    let code = format!(
        "let asked = 0; let end = timestamp() + {seconds}.0; \
         while timestamp() < end {{ pbx.users.list(#{{ top: 1 }}).len(); asked += 1; sleep(0.03); }} asked"
    );
    let begun = Instant::now();
    // Without repetitions, so that none of them hides a refusal.
    let ended: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..10).map(|_| scope.spawn(|| run(&site, &home, &code).run())).collect();
        runs.into_iter().map(|run| run.join().expect("an end")).collect()
    });
    let lasted = begun.elapsed().as_secs_f64();
    for run in &ended {
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
        assert!(run.out.trim().parse::<usize>().expect("a number") >= 10, "{}", run.out);
    }
    let logins = site.logins();
    assert_eq!(overlaps(&logins), 0, "{logins:?}");
    // A token is used for its life but a tenth, and its end stands in whole seconds.
    let most = lasted / f64::from(LIFE - 1) * 1.25 + 2.0;
    let least = lasted / f64::from(LIFE) * 0.6;
    let count = logins.len() as f64;
    assert!(least <= count && count <= most, "{count} logins in {lasted:.1} s, not {least:.1} to {most:.1}");
}

#[test]
fn clocks_that_are_hours_apart_cost_no_login() {
    let hours = |hours: i64| SignedDuration::from_secs(hours * 3600);
    // The last two are the worst: by our clock such a token ends in two seconds, or now.
    let apart =
        [hours(0), hours(5), hours(-5), hours(30), -SignedDuration::from_secs(3598), -SignedDuration::from_secs(3600)];
    std::thread::scope(|scope| {
        for ahead in apart {
            scope.spawn(move || {
                let (site, home) = (site(ahead, 3600), TempDir::new().expect("a home"));
                let code = "for n in 0..5 { pbx.users.list(#{ top: 1 }).len(); sleep(0.4) } print(\"done\")";
                for _ in 0..2 {
                    let ended = run(&site, &home, code).run();
                    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("done\n", ""), "{ahead}");
                }
                assert_eq!(site.logins().len(), 1, "{ahead}: {:?}", site.lines());
            });
        }
    });
}
