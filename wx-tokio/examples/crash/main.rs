//! Kills a client again and again, at any moment, and sees whether anything was lost.
//!
//! The parent is the simulated service, whose friends say numbered messages in several chats, in
//! bursts and after pauses, whether anybody is there or not. The child is a client with a session
//! file. It is killed with SIGKILL at moments that a seed has chosen, half of them in the middle of a
//! save, and started again from its file. In the end every message must have reached the application,
//! in the order of its chat, and none may have come again after a save that covered it had returned.
//!
//! Usage: `cargo run --release -p wx-tokio --example crash -- --kills 100 --messages 10000 --seed 1`
//!
//! It exits with 1 if anything of that does not hold. `--break WAY` has the child do something wrong,
//! so that it does not: `early` acknowledges what the application has not dealt with, `in-place`
//! writes the session over the one before, `never` saves only the first time.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

mod child;
mod ledger;
mod life;
mod plan;

use std::{
    env,
    error::Error,
    fmt::Display,
    fs, io,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use wx_sim::{
    listen::Listener,
    server::{Act, Deed, Phone, Script, Server, Setup, Whose},
};

use crate::{
    ledger::Ledger,
    life::{Life, Line},
    plan::{Kill, LONGEST, Plan, Random},
};

type Failure = Box<dyn Error>;

/// Whatever takes longer on one machine has gone wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the application needs for a message when there is nothing to be found by its being slow.
const BRISK: Duration = Duration::from_millis(1);

/// A client that has something to do does not say nothing for so long.
const SILENCE: Duration = Duration::from_secs(10);

/// What a client comes to that has nothing to catch up with: longer than any save is put off.
const QUIET: Duration = Duration::from_millis(1500);

/// What the service finds fault with when two clients seem to be there at once.
const DEAD: [&str; 2] = [
    "while a synccheck was held",
    "second synccheck at the same time",
];

/// Who says what where: a friend, or a room and one of its members.
const CHATS: [(&str, Option<&str>); 5] = [
    ("wxid_anna7c20x1", None),
    ("wxid_boris9d4k2", None),
    ("wxid_emil8b6w3r", None),
    ("10241024@chatroom", Some("wxid_boris9d4k2")),
    ("20482048@chatroom", Some("wxid_strd2t3y4u")),
];

const USAGE: &str = "\
usage: crash [--kills N] [--messages N] [--seed N] [--break early|in-place|never]

Kills a client N times while a simulated service has so many messages for it. --break
has the client do something wrong, which must be found.";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.iter().any(|it| it == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let done = match child::asked_for(&args) {
        Some(child) => child.run(),
        None => Args::read(&args).and_then(|args| run(&args)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("crash: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Args {
    kills: u32,
    messages: u32,
    seed: u64,
    wrong: Option<String>,
}

impl Args {
    fn read(args: &[String]) -> Result<Self, Failure> {
        let mut read = Self {
            kills: 10,
            messages: 500,
            seed: 1,
            wrong: None,
        };
        let mut args = args.iter();
        while let Some(name) = args.next() {
            if !["--kills", "--messages", "--seed", "--break"].contains(&name.as_str()) {
                return Err(format!("no option {name}\n\n{USAGE}").into());
            }
            let value = args.next().map_or("", String::as_str);
            let number = |what: &str| format!("{name} takes {what}, not {value:?}\n\n{USAGE}");
            match name.as_str() {
                "--kills" => read.kills = value.parse().map_err(|_| number("how many"))?,
                "--messages" => read.messages = value.parse().map_err(|_| number("how many"))?,
                "--seed" => read.seed = value.parse().map_err(|_| number("a number"))?,
                _ => read.wrong = Some(value.to_owned()),
            }
        }
        if read.kills == 0 || read.messages == 0 {
            return Err("without kills and messages there is nothing to find out".into());
        }
        Ok(read)
    }
}

/// A folder that goes when this does.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("wx-crash-{}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    fn session(&self) -> PathBuf {
        self.0.join("session")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(args: &Args) -> Result<bool, Failure> {
    let began = Instant::now();
    let folder = Folder::new()?;
    let moment = Duration::from_millis(20);
    let mut setup = Setup {
        phone: Phone::Auto {
            scan_after: moment,
            confirm_after: moment,
        },
        script: Script::none(),
        ..Setup::default()
    };
    // Nothing is too old to be asked for: it is the client that is tried here.
    setup.limits.sync_log = usize::MAX;
    // What has come at once and is dealt with one by one is what a snapshot has to tell apart.
    setup.limits.sync_page = 200;
    let mut trial = Trial {
        service: Listener::bind("127.0.0.1:0", setup)?,
        session: folder.session(),
        wrong: args.wrong.clone(),
        ledger: Ledger::new(CHATS.len()),
        random: Random::new(args.seed),
        left: args.messages,
        in_save: 0,
        after_a_clean_end: 0,
    };
    trial.begin()?;
    for nth in 0..args.kills {
        trial.one_life(args.kills - nth)?;
    }
    trial.last_life()?;
    let is_kept = folder.session().is_file();
    let leftovers = fs::read_dir(&folder.0)?.count() - usize::from(is_kept);
    let mut faults: Vec<_> = trial
        .service
        .with(|server| server.faults().map(ToString::to_string).collect());
    // A poll that had left when its client was killed may be held when the next one is there.
    let is_of_the_dead = |fault: &String| DEAD.iter().any(|words| fault.contains(words));
    faults.retain(|fault| !is_of_the_dead(fault));
    for fault in faults.iter().take(5) {
        eprintln!("the service complains: {fault}");
    }
    let scans = trial.service.with(|server| server.sessions().len());
    let ledger = &trial.ledger;
    let row = |what: &str, count: &dyn Display| println!("{what:<44}{count:>8}");
    row("kills", &args.kills);
    row("  while the session was being saved", &trial.in_save);
    row("logins", &scans);
    row("messages said", &ledger.said());
    row("  while nobody was there", &ledger.said_to_nobody);
    row("messages handed to the application", &ledger.handed_over);
    row("  again, because no save covered them", &ledger.repeated);
    row("saves that returned", &ledger.saves);
    row("seconds", &began.elapsed().as_secs());
    row("lost", &ledger.lost());
    row("again, although a save covered them", &ledger.covered_again);
    row("again, after a clean end", &trial.after_a_clean_end);
    row("out of the order of their chat", &ledger.out_of_order);
    row("files left beside the session", &leftovers);
    row("requests that the service frowned upon", &faults.len());
    let is_good = ledger.is_good()
        && trial.after_a_clean_end == 0
        && is_kept
        // Half of the kills try to be; so many that none is would have tried nothing.
        && (trial.in_save > 0 || args.kills < 20)
        && leftovers == 0
        && faults.is_empty()
        && scans == 1;
    println!(
        "{}",
        if is_good {
            "nothing lost, nothing twice"
        } else {
            "BROKEN"
        }
    );
    Ok(is_good)
}

struct Trial {
    service: Listener,
    session: PathBuf,
    wrong: Option<String>,
    ledger: Ledger,
    random: Random,
    /// Messages to be said yet.
    left: u32,
    /// Kills that met a save.
    in_save: u32,
    /// What came to a client whose forerunner had ended as it should.
    after_a_clean_end: u32,
}

impl Trial {
    fn start(&mut self, work: Duration) -> io::Result<Life> {
        self.ledger.new_life();
        let (url, file) = (self.service.url(), &self.session);
        Life::start(&url, file, work, self.wrong.as_deref())
    }

    /// The first login, to the first save: what comes before is not for this client.
    fn begin(&mut self) -> Result<(), Failure> {
        let life = self.start(BRISK)?;
        self.follow(&life, PATIENCE, |ledger| ledger.saves > 0)?;
        self.end(life);
        Ok(())
    }

    /// A life that is cut short, and the time without one.
    fn one_life(&mut self, lives_left: u32) -> Result<(), Failure> {
        let plan = Plan::new(&mut self.random, self.left, lives_left);
        let life = self.start(plan.work)?;
        let began = Instant::now();
        for (at, count) in &plan.bursts {
            let pause = at.saturating_sub(began.elapsed());
            self.follow_for(&life, pause)?;
            self.say(*count, true)?;
        }
        match plan.kill {
            Kill::At(at) => self.follow_for(&life, at.saturating_sub(began.elapsed()))?,
            Kill::InSave(nth, delay) => {
                // There may not be so much to save.
                let left = LONGEST.saturating_sub(began.elapsed());
                let is_it = |ledger: &Ledger| ledger.is_saving && ledger.saves_begun >= nth;
                self.follow_until(&life, left, is_it)?;
                std::thread::sleep(delay);
            }
        }
        self.end(life);
        self.in_save += u32::from(self.ledger.is_saving);
        self.say(plan.meanwhile, false)?;
        std::thread::sleep(plan.pause);
        Ok(())
    }

    /// A life that goes on until there is nothing left, and one that finds nothing.
    fn last_life(&mut self) -> Result<(), Failure> {
        let mut life = self.start(BRISK)?;
        self.say(self.left, true)?;
        loop {
            // Whether the last save of a life was through when that was killed, nobody knows: that
            // all has come is what can be waited for.
            let patience = match self.ledger.lost() {
                0 => QUIET,
                _ => SILENCE,
            };
            match life.next(patience) {
                Some(Line::Told(line)) => self.ledger.take(&line),
                Some(Line::Over) => return Err("the client ended by itself".into()),
                None => break,
            }
        }
        life.ask_to_end();
        self.read_rest(&life);
        let before = self.ledger.handed_over;
        let mut life = self.start(BRISK)?;
        self.follow_for(&life, QUIET)?;
        life.ask_to_end();
        self.read_rest(&life);
        self.after_a_clean_end = self.ledger.handed_over - before;
        Ok(())
    }

    fn say(&mut self, count: u32, is_heard: bool) -> Result<(), Failure> {
        for _ in 0..count.min(self.left) {
            let chat = self.random.below(CHATS.len() as u64) as usize;
            let text = self.ledger.say(chat, is_heard).to_string();
            let act = match CHATS.get(chat).copied().unwrap_or(("", None)) {
                (room, Some(from)) => Act::RoomText {
                    room: room.to_owned(),
                    from: from.to_owned(),
                    text,
                    mention: false,
                },
                (from, None) => Act::Text {
                    from: from.to_owned(),
                    text,
                },
            };
            self.service.act(Deed::In(Whose::Latest, act))?;
            self.left -= 1;
        }
        Ok(())
    }

    fn follow_for(&mut self, life: &Life, time: Duration) -> Result<(), Failure> {
        self.follow_until(life, time, |_| false).map(drop)
    }

    fn follow(
        &mut self,
        life: &Life,
        time: Duration,
        what: impl Fn(&Ledger) -> bool,
    ) -> Result<(), Failure> {
        match self.follow_until(life, time, what)? {
            true => Ok(()),
            false => Err(format!("nothing came in {time:?}").into()),
        }
    }

    /// Reads what the child tells, until that is so or the time is over.
    fn follow_until(
        &mut self,
        life: &Life,
        time: Duration,
        what: impl Fn(&Ledger) -> bool,
    ) -> Result<bool, Failure> {
        let until = Instant::now() + time;
        while !what(&self.ledger) {
            let left = until.saturating_duration_since(Instant::now());
            match life.next(left) {
                Some(Line::Told(line)) => self.ledger.take(&line),
                // It was not we who ended it.
                Some(Line::Over) => return Err("the client ended by itself".into()),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn end(&mut self, mut life: Life) {
        life.kill();
        self.read_rest(&life);
        // The poll of one that is gone is not held beside that of the next.
        let is_alone = |server: &Server| server.sessions().iter().all(|it| !it.polling);
        self.service.wait_until(PATIENCE, is_alone);
    }

    fn read_rest(&mut self, life: &Life) {
        while let Some(Line::Told(line)) = life.next(PATIENCE) {
            self.ledger.take(&line);
        }
    }
}
