//! The simulated service as a program: serves on this machine until it is interrupted.

use std::{
    env, fmt,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    thread,
};

use wx_sim::{
    control::Control,
    folder::FolderStore,
    listen::Listener,
    server::{Phone, Script, Setup},
};

const HELP: &str = "\
wx-sim: a simulated Web WeChat service

Usage: wx-sim [OPTIONS]

  --listen ADDR[:PORT]   where clients connect; this machine only [127.0.0.1:0]
  --control ADDR[:PORT]  where the phone and the friends are played [127.0.0.1:0]
  --manual               nobody scans and confirms QR codes by himself
  --real-hosts           URLs and cookies name the real hosts
  --script demo|none     what friends say whenever a client has come in [demo]
  --store DIR            media are kept as files of this folder [in memory]
  --refuse 1203          logins are refused with this code
  --seed N               everything the service makes up follows from it [0]
  --help                 this text

A port 0, or none, takes a free one. The first line on stdout is `listening URL`, the second
`control URL`; GET the latter for the routes of the control.
";

fn main() -> ExitCode {
    let options = match parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(&format_args!("{error}; see --help")),
    };
    let bound = if options.real_hosts {
        Listener::bind_as_real(options.listen, options.setup)
    } else {
        Listener::bind(options.listen, options.setup)
    };
    let service = match bound {
        Ok(service) => service,
        Err(error) => {
            return fail(&format_args!(
                "cannot listen at {}: {error}",
                options.listen
            ));
        }
    };
    if let Some(folder) = &options.store {
        match FolderStore::open(folder) {
            Ok(store) => service.with(|server| server.keep_media_in(Box::new(store))),
            Err(error) => {
                return fail(&format_args!(
                    "cannot keep media in {}: {error}",
                    folder.display()
                ));
            }
        }
    }
    let control = match Control::bind(options.control, &service) {
        Ok(control) => control,
        Err(error) => {
            return fail(&format_args!(
                "cannot listen at {}: {error}",
                options.control
            ));
        }
    };
    // Whoever started this may have closed its end; the service is of use all the same.
    let _ = announce(&service, &control);
    loop {
        thread::park();
    }
}

fn announce(service: &Listener, control: &Control) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening {}", service.url())?;
    writeln!(stdout, "control {}", control.url())?;
    stdout.flush()
}

fn fail(error: &dyn fmt::Display) -> ExitCode {
    let _ = writeln!(io::stderr(), "wx-sim: {error}");
    ExitCode::FAILURE
}

#[derive(Debug)]
struct Options {
    listen: SocketAddr,
    control: SocketAddr,
    real_hosts: bool,
    store: Option<PathBuf>,
    setup: Setup,
}

/// The options; `None` if they ask for help.
fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let anywhere = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let mut options = Options {
        listen: anywhere,
        control: anywhere,
        real_hosts: false,
        store: None,
        setup: Setup {
            script: Script::demo(),
            ..Setup::default()
        },
    };
    while let Some(arg) = args.next() {
        let (name, attached) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (arg.as_str(), None),
        };
        let has_value = attached.is_some();
        let mut value = || {
            let value = attached.clone().or_else(|| args.next());
            value.ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "--listen" => options.listen = address(&value()?)?,
            "--control" => options.control = address(&value()?)?,
            "--script" => {
                options.setup.script = match value()?.as_str() {
                    "demo" => Script::demo(),
                    "none" => Script::none(),
                    other => return Err(format!("there is no script {other:?}")),
                };
            }
            "--store" => {
                options.store = Some(value()?.into());
                // A disk has room for what a long run brings.
                options.setup.limits.media = u64::MAX;
            }
            "--refuse" => match value()?.as_str() {
                "1203" => options.setup.barred = true,
                other => return Err(format!("logins cannot be refused with {other:?}")),
            },
            "--seed" => {
                let digits = value()?;
                let seed = digits.parse();
                options.setup.seed = seed.map_err(|_| format!("{digits:?} is not a seed"))?;
            }
            _ if has_value => return Err(format!("unknown option {arg:?}")),
            "--manual" => options.setup.phone = Phone::Manual,
            "--real-hosts" => options.real_hosts = true,
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("unknown option {arg:?}")),
        }
    }
    Ok(Some(options))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.replacen("localhost", "127.0.0.1", 1);
    let with_port = local.parse::<SocketAddr>();
    with_port
        .or_else(|_| {
            let address = local.trim_start_matches('[').trim_end_matches(']');
            address
                .parse::<IpAddr>()
                .map(|address| SocketAddr::new(address, 0))
        })
        .map_err(|_| format!("{text:?} is not an address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Option<Options>, String> {
        parse(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn options_are_read() {
        let options = parsed(&[
            "--listen",
            "localhost:8088",
            "--control=[::1]",
            "--manual",
            "--script",
            "none",
            "--seed=7",
            "--refuse",
            "1203",
            "--store=media",
        ]);
        let options = options.unwrap().unwrap();
        assert_eq!(options.listen.to_string(), "127.0.0.1:8088");
        assert_eq!(options.control.to_string(), "[::1]:0");
        assert_eq!(options.setup.phone, Phone::Manual);
        assert_eq!(options.setup.script, Script::none());
        assert_eq!(options.setup.seed, 7);
        assert!(options.setup.barred && !options.real_hosts);
        assert_eq!(options.store, Some(PathBuf::from("media")));
        assert!(parsed(&["--seed", "1", "--help"]).unwrap().is_none());
    }

    #[test]
    fn wrong_options_are_named() {
        for (args, complaint) in [
            (&["--listne", "x"][..], "unknown option \"--listne\""),
            (&["--manual=yes"], "unknown option \"--manual=yes\""),
            (&["serve"], "unknown option \"serve\""),
            (&["--listen"], "--listen needs a value"),
            (&["--listen", "8088"], "\"8088\" is not an address"),
            (&["--seed", "-1"], "\"-1\" is not a seed"),
            (&["--refuse", "0"], "logins cannot be refused with \"0\""),
            (&["--script", "drama"], "there is no script \"drama\""),
        ] {
            assert_eq!(parsed(args).unwrap_err(), complaint);
        }
    }
}
