//! An HTTP control for programs in other languages. `--help` tells the options; without any, it
//! brings its own simulated service.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

mod api;
mod feed;
mod wire;

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::{env, thread, time::Duration};

use wx_blocking::wx_proto::{Config, EventKind, Hosts, Pace};
use wx_blocking::{Session, Transport};
use wx_sim::listen::Listener;
use wx_sim::server::{Script, Setup};

const HELP: &str = "\
An HTTP control of one session, for programs on this machine. It prints its address and a token;
send that with each request: `Authorization: Bearer TOKEN`.

  GET /health                     how far the session is; needs no token
  GET /contacts?name=NAME         all who show this name or remark, exactly
  GET /events?after=N             what came after event N, from 0 on; waits for it up to 25 s
  GET /outbox                     what waits to be sent
  POST /send                      {\"chat\": \"<user_name>\", \"text\": \"...\"}
  POST /file?chat=...&name=...    the body is the file

Options:

  --listen ADDR:PORT   where to answer; this machine only [127.0.0.1:8090]
  --server URL         talk to a server at this base URL, such as http://127.0.0.1:8088
  --live               talk to the real service, with a real account, which may be limited or
                       blocked for it
  --help               this text

Without --server and --live a simulated service is started. Ctrl-C stops without a logout.
";

/// How long the last events can still be asked for after the end.
const AFTERWARDS: Duration = Duration::from_secs(30);

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut listen = SocketAddr::from(([127, 0, 0, 1], 8090));
    let mut config = Config::default();
    // "Too often" is for the program that waits to know, before its request times out.
    config.pace.wait = api::WAIT / 2;
    let mut is_simulated = true;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--listen" => listen = value()?.parse().map_err(|why| format!("--listen: {why}"))?,
            "--server" | "--live" if !is_simulated => {
                return Err("only one of --server and --live can be given, once".into());
            }
            "--server" => (config.hosts, is_simulated) = (Hosts::mapped(&value()?)?, false),
            "--live" => (config.hosts, is_simulated) = (Hosts::Real, false),
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            _ => return Err(format!("unknown option {arg:?}; see --help").into()),
        }
    }
    if !listen.ip().is_loopback() {
        return Err(format!("{} is not on this machine", listen.ip()).into());
    }
    let setup = Setup {
        script: Script::demo(),
        ..Setup::default()
    };
    let simulate = || Listener::bind("127.0.0.1:0", setup);
    let service = is_simulated.then(simulate).transpose()?;
    if let Some(service) = &service {
        config.hosts = Hosts::mapped(&service.url())?;
        config.pace = Pace::FREE;
    }
    let socket = TcpListener::bind(listen)?;
    let (session, events) = Session::spawn(config, &Transport::new()?);
    println!("listening http://{}", socket.local_addr()?);
    let gateway = api::Gateway::start(socket, session)?;
    println!("token {}", gateway.token);
    gateway.listen(events, |kind| match kind {
        EventKind::Qr(qr) if !is_simulated => eprintln!("scan the QR code at {}", qr.picture),
        EventKind::Ended(ended) => eprintln!("the session ended: {ended}"),
        _ => {}
    });
    thread::sleep(AFTERWARDS);
    Ok(())
}
