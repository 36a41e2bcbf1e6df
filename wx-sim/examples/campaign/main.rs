//! Many sessions under everything that can go wrong, and whether what must hold does.
//!
//! ```text
//! cargo run --release -p wx-sim --example campaign -- --sessions 1000 --seed 1
//! ```
//!
//! Each world is one service with one to three accounts, each with an application behind a client: its
//! plan — who says what when, and what fails when — follows from the seed and the number of the world.
//! The applications read, acknowledge, save and crash; the service and the network do their worst;
//! then all faults stop. What must hold is checked on the way and at the end, against what the
//! service knows. If something does not, the seed, the world and the least list of faults that still
//! shows it are printed, and the exit code is 1.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program for people, which tells how long it took"
)]

mod bot;
mod dice;
mod fault;
mod leak;
mod ledger;
mod plan;
mod report;
mod scene;
mod shrink;
mod verdict;
mod witness;

use std::{
    collections::BTreeMap,
    num::NonZero,
    process::ExitCode,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use crate::{
    plan::Plan,
    report::{Kind, Report},
};

const USAGE: &str = "\
usage: campaign [--sessions N] [--seed S] [--world W] [--threads T] [--explain E]
  --sessions N  simulated sessions in all (default 200)
  --seed S      all of it follows from this number (default 1)
  --world W     only this world of the campaign
  --threads T   worlds at a time (default: one for each core)
  --explain E   of so many worlds that went wrong, find the least that does (default 3)";

struct Args {
    sessions: usize,
    seed: u64,
    world: Option<u64>,
    threads: usize,
    explain: usize,
}

impl Args {
    fn parse(given: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let mut args = Self {
            sessions: 200,
            seed: 1,
            world: None,
            threads: cores,
            explain: 3,
        };
        let mut given = given.into_iter();
        while let Some(name) = given.next() {
            let options = ["--sessions", "--seed", "--world", "--explain", "--threads"];
            if !options.contains(&name.as_str()) {
                return Err(format!("no option {name}"));
            }
            let value = given.next().unwrap_or_default();
            let number: u64 = value
                .parse()
                .map_err(|_| format!("{name} takes a number, not {value:?}"))?;
            let count = usize::try_from(number).unwrap_or(usize::MAX);
            match name.as_str() {
                "--sessions" => args.sessions = count,
                "--seed" => args.seed = number,
                "--world" => args.world = Some(number),
                "--explain" => args.explain = count,
                _ => args.threads = count.max(1),
            }
        }
        // To find nothing wrong with nothing is no good news.
        if args.worlds().is_empty() {
            return Err("there is no such world, or no session at all".to_owned());
        }
        Ok(args)
    }

    /// The worlds, and how many sessions each has.
    fn worlds(&self) -> Vec<(u64, usize)> {
        let mut worlds = Vec::new();
        let mut left = self.sessions;
        for world in 0.. {
            if left == 0 {
                break;
            }
            let sessions = Plan::sessions_of(self.seed, world).min(left);
            left -= sessions;
            worlds.push((world, sessions));
        }
        worlds.retain(|(world, _)| self.world.is_none_or(|only| only == *world));
        worlds
    }
}

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args().skip(1).collect();
    if given.iter().any(|it| it == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let args = match Args::parse(given) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("campaign: {error}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let began = Instant::now();
    let worlds = args.worlds();
    let mut failed = BTreeMap::new();
    let mut total = Report::default();
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..args.threads {
            let (tell, next, worlds) = (tell.clone(), &next, &worlds);
            scope.spawn(move || {
                while let Some((world, sessions)) = worlds.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let plan = Plan::draw(args.seed, *world, *sessions);
                    let outcome = scene::run(&plan, None);
                    let _ = tell.send((plan, outcome));
                }
            });
        }
        drop(tell);
        for (plan, outcome) in told {
            if !outcome.report.violations.is_empty() {
                failed.insert(plan.world, (plan, outcome.fates, outcome.report.clone()));
            }
            total.add(outcome.report);
        }
    });
    total.print(began.elapsed());
    if failed.is_empty() {
        println!("\neverything that must hold did");
        return ExitCode::SUCCESS;
    }
    explain(&args, failed)
}

type Failed = BTreeMap<u64, (Plan, Vec<wx_sim::world::Doomed>, Report)>;

fn explain(args: &Args, failed: Failed) -> ExitCode {
    println!("\n{} worlds went wrong", failed.len());
    for (world, (_, _, report)) in failed.iter().take(20) {
        for violation in report.violations.iter().take(3) {
            println!("  world {world}: {violation}");
        }
    }
    for (world, (plan, fates, report)) in failed.into_iter().take(args.explain) {
        let kinds: Vec<Kind> = report.violations.iter().map(|it| it.kind).collect();
        let Some(kind) = kinds.first() else { continue };
        println!(
            "\n--sessions {} --seed {} --world {world}: {}; what it takes:",
            args.sessions,
            args.seed,
            kind.name()
        );
        for line in shrink::shrink(&plan, &fates, *kind) {
            println!("  {line}");
        }
    }
    ExitCode::FAILURE
}
