//! The service behind real sockets: raw clients, faults on the wire, the control, the program.

#[cfg(test)]
#[path = "listen/control.rs"]
mod control;
#[cfg(test)]
#[path = "listen/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "listen/http.rs"]
mod http;
#[cfg(test)]
#[path = "listen/polls.rs"]
mod polls;
#[cfg(test)]
#[path = "listen/program.rs"]
mod program;
#[cfg(test)]
#[path = "listen/proxy.rs"]
mod proxy;
#[cfg(test)]
#[path = "listen/raw.rs"]
mod raw;
#[cfg(test)]
#[path = "listen/tls.rs"]
mod tls;
