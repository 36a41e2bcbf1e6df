//! The simulated service, as a process of its own: this very program, asked to be one.

use std::{
    env,
    error::Error,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitCode, Stdio},
};

use wx_sim::{
    control::Control,
    folder::FolderStore,
    listen::Listener,
    server::{Script, Setup},
};

/// How this program is asked to be the service.
const FLAG: &str = "--service";

/// The folder that the service is to keep media in, if that is what this process is.
pub(crate) fn asked_for() -> Option<PathBuf> {
    let mut args = env::args_os().skip(1);
    match (args.next(), args.next()) {
        (Some(flag), Some(store)) if flag == FLAG => Some(store.into()),
        _ => None,
    }
}

/// Serves until whoever started it goes away.
pub(crate) fn run(store: &Path) -> ExitCode {
    match serve(store) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("media: the service: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(store: &Path) -> Result<(), Box<dyn Error>> {
    let mut setup = Setup {
        script: Script::none(),
        ..Setup::default()
    };
    // A disk has room for what a run brings.
    setup.limits.media = u64::MAX;
    let service = Listener::bind("127.0.0.1:0", setup)?;
    let store = FolderStore::open(store)?;
    service.with(|server| server.keep_media_in(Box::new(store)));
    let control = Control::bind("127.0.0.1:0", &service)?;
    println!("{}", service.url());
    println!("{}", control.url());
    // The end of the input is the end of the one who listens.
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The other process, seen from the client.
pub(crate) struct Service {
    process: Child,
    /// Closed, it ends the process.
    leash: Option<ChildStdin>,
    url: String,
    control: String,
}

impl Service {
    pub(crate) fn start(store: &Path) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(env::current_exe()?)
            .arg(FLAG)
            .arg(store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().ok_or("no output")?;
        let mut said = BufReader::new(said).lines();
        let mut line = || {
            said.next()
                .ok_or("the service did not start")?
                .map_err(io_error)
        };
        let (url, control) = (line()?, line()?);
        Ok(Self {
            leash: process.stdin.take(),
            process,
            url,
            control,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A friend sends what the service has under this digest. `name`: for files.
    pub(crate) fn ask_back(
        &self,
        friend: &str,
        kind: &str,
        md5: &str,
        name: &str,
    ) -> Result<(), Box<dyn Error>> {
        let name = match name {
            "" => String::new(),
            name => format!(r#","name":"{name}""#),
        };
        let order =
            format!(r#"{{"from":"{friend}","kind":"{kind}","bytes":{{"md5":"{md5}"}}{name}}}"#);
        let address = self.control.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "POST /message HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{order}",
            order.len()
        )?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        match reply.starts_with("HTTP/1.1 200 ") {
            true => Ok(()),
            false => Err(format!("the service says: {reply}").into()),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.leash.take());
        // It has been told; whatever it ends with is its own affair.
        let _ = self.process.wait();
    }
}

fn io_error(error: io::Error) -> &'static str {
    eprintln!("media: {error}");
    "the service cannot be heard"
}
