//! Random scripts: what they come to when they are planned and applied is what they come to when they are run.

use tempfile::TempDir;

use crate::common::{pbxsh, same};
use crate::prompt::Terminal;

/// Numbers by chance, the same for a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a number") % most
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// The sets that the random scripts work on: what makes an object, what changes one, and what reads may show.
const SETS: [(&str, &str, &[&str], &str); 6] = [
    (
        "users",
        "Number: \"5NN\", FirstName: \"WW\"",
        &["LastName: \"WW\"", "Mobile: \"+1NN\"", "Enabled: false"],
        "FirstName",
    ),
    ("groups", "Name: \"WW NN\"", &["Language: \"DE\"", "Name: \"WW NN\"", "Hours: #{ Type: \"AllHours\" }"], "Name"),
    (
        "queues",
        "Number: \"86NN\", Name: \"WW\", Agents: [#{ Number: \"101\" }, #{ Number: \"103\" }]",
        &["Name: \"WW NN\"", "RingTimeout: 3NN", "Agents: [#{ Number: someone }]"],
        "Name",
    ),
    ("ring_groups", "Number: \"87NN\", Name: \"WW\"", &["Name: \"WW\"", "Members: [#{ Number: someone }]"], "Name"),
    ("contacts", "FirstName: \"WW\", PhoneNumber: \"+49NN\"", &["LastName: \"WW\"", "Business: \"+4NN\""], "FirstName"),
    ("parkings", "Number: \"SP1NN\"", &["Groups: [#{ GroupId: 1 }]"], "Number"),
];

/// A script that changes this and that, and prints after each change what it reads.
fn random(seed: u64, steps: usize) -> String {
    let mut chance = Chance(seed);
    let words = ["Oslo", "Lima", "Bern", "Kyiv"];
    let mut script = "let kept = #{}; let someone = \"104\"; let last = ();\n".to_owned();
    for (set, ..) in SETS {
        script += &format!("kept.{set} = [];\n");
    }
    for step in 10..10 + steps {
        let (set, made, altered, shown) = SETS[chance.below(SETS.len())];
        let word = words[chance.below(words.len())];
        let fill = |text: &str| text.replace("NN", &step.to_string()).replace("WW", word);
        let pick = chance.below(100);
        let change = fill(altered[chance.below(altered.len())]);
        script += &match chance.below(10) {
            0..5 => format!("last = pbx.{set}.create(#{{ {} }}); kept.{set}.push(last.Id);\n", fill(made)),
            5..7 => format!(
                "if kept.{set}.len() > 0 {{ pbx.{set}.update(kept.{set}[{pick} % kept.{set}.len()], #{{ {change} }}); }}\n"
            ),
            7 => format!(
                "for it in pbx.{set}.list(#{{ filter: \"startswith({shown}, '{}')\" }}).to_array() {{ pbx.{set}.update(it.Id, #{{ {change} }}); }}\n",
                &word[..2]
            ),
            8 if set == "users" => {
                "if kept.users.len() > 0 { someone = pbx.users.get(kept.users[0]).Number; }\n".to_owned()
            }
            _ => format!(
                "if kept.{set}.len() > 0 {{ let gone = kept.{set}.remove({pick} % kept.{set}.len());\n\
                 if \"{set}\" == \"users\" && pbx.users.get(gone).Number == someone {{ someone = \"104\"; }} pbx.{set}.delete(gone); }}\n"
            ),
        };
        let filter = chance.of(&["ne 'Oslo'", "ge 'Kyiv'", "lt 'Lima'", "ne null"]);
        let order = chance.of(&["Id", "Id desc", "SS", "SS desc"]).replace("SS", shown);
        let options = chance.of(&["", "top: 3", "skip: 2, top: 4, count: true", "search: \"Ki\""]);
        let comma = if options.is_empty() { "" } else { ", " };
        script += &format!(
            "{{ let l = pbx.{set}.list(#{{ select: \"{shown}\", filter: \"{shown} {filter}\", orderby: \"{order}\"{comma}{options} }});\n\
             print(`{step} {set} ${{l.map(|it| it.{shown})}} ${{l.len()}} ${{l.total()}} ${{pbx.{set}.list(#{{ select: \"{shown}\" }}).map(|it| it.{shown})}}`); }}\n\
             for id in kept.{set} {{ print(pbx.{set}.get(id).{shown}); }}\n"
        );
    }
    script
}

/// Everything that the random scripts may have changed, into a file.
fn dump() -> String {
    let lists: Vec<String> = SETS.iter().map(|(set, ..)| format!("pbx.{set}.list().map(|it| it.to_json())")).collect();
    format!("file::write(\"all.json\", [{}].to_json());\n", lists.join(", "))
}

#[test]
fn long_a_plan_comes_to_what_the_script_would_have_come_to() {
    let (rounds, steps) = if std::env::var_os("PBXSH_LONG").is_some() { (50, 80) } else { (4, 40) };
    let seed = std::env::var("PBXSH_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in seed.map_or(1..=rounds, |seed| seed..=seed) {
        let script = random(seed, steps);
        let direct = pbxsh(["run", "--sandbox", "job.rhai"]).file("job.rhai", &format!("{script}{}", dump())).run();
        assert_eq!(direct.code, 0, "seed {seed}: {}", direct.err);
        let plan = pbxsh(["run", "--sandbox", "--plan", "job.rhai"]).file("job.rhai", &script).run();
        assert_eq!(plan.code, 0, "seed {seed}: {}\n{script}", plan.err);
        for (direct, planned) in direct.out.lines().zip(plan.out.lines()) {
            assert_eq!(direct, planned, "seed {seed}\n{script}");
        }
        assert_eq!(direct.out.lines().count(), plan.out.lines().count(), "seed {seed}");
        let home = TempDir::new().expect("a home");
        crate::commands::put(&home, "job.rhai", &script);
        crate::commands::put(&home, "dump.rhai", &dump());
        let mut terminal = Terminal::in_home(&["--sandbox", "--plan"], &[], home);
        terminal.at_prompt("sandbox plan>");
        terminal.line(":load job.rhai");
        terminal.see("planned, not sent:");
        terminal.line(":apply");
        terminal.see("nothing is left of the plan");
        terminal.line(":load dump.rhai");
        terminal.at_prompt("sandbox plan>");
        let home = terminal.leave();
        let applied = std::fs::read_to_string(home.path().join("all.json")).expect("what there is");
        same(&applied, &direct.read("all.json"));
    }
}
