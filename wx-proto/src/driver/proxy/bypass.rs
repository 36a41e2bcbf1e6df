//! What is reached without the proxy.

use std::net::{IpAddr, Ipv6Addr};

use crate::driver::authority::split_port;

/// The list of `no_proxy`.
#[derive(Clone, Debug, Default)]
pub(super) struct Bypass(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    hosts: HostSet,
    /// `None`: any.
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum HostSet {
    All,
    /// This name, and all that end in it after a dot.
    Domain(String),
    /// All addresses that have so many leading bits in common with this one. More bits than an
    /// address has: none.
    Block(IpAddr, u32),
}

/// A host in the form in which hosts are compared.
pub(super) enum Host {
    /// An IPv4 address in IPv6 notation is an IPv4 address.
    Address(IpAddr),
    /// In lower case, and without the dot of the root.
    Name(String),
}

impl Bypass {
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter_map(Entry::parse).collect())
    }

    pub(super) fn covers(&self, host: &Host, port: u16) -> bool {
        self.0
            .iter()
            .any(|entry| entry.port.is_none_or(|only| only == port) && entry.hosts.contains(host))
    }
}

impl Entry {
    fn parse(entry: &str) -> Option<Self> {
        if let Some((network, bits)) = entry.split_once('/') {
            let (bits, port) = split_port(bits)?;
            let bare = network
                .strip_prefix('[')
                .and_then(|network| network.strip_suffix(']'));
            let network = bare.unwrap_or(network).parse().ok()?;
            let hosts = HostSet::block(network, bits.parse().ok()?)?;
            return Some(Self { hosts, port });
        }
        let (host, port) = match entry.parse::<Ipv6Addr>() {
            // Without brackets, all its colons are its own.
            Ok(_) => (entry, None),
            Err(_) => split_port(entry)?,
        };
        let hosts = match Host::new(host) {
            Host::Address(address) => HostSet::Block(address, width(address)),
            Host::Name(_) if host == "*" => HostSet::All,
            Host::Name(name) => {
                let wildcard = name.strip_prefix('*').unwrap_or(&name);
                let name = wildcard.strip_prefix('.').unwrap_or(&name);
                HostSet::Domain(name.to_owned())
            }
        };
        Some(Self { hosts, port })
    }
}

impl HostSet {
    /// Of an IPv4 block in IPv6 notation, the bits before the IPv4 address do not count.
    fn block(network: IpAddr, bits: u32) -> Option<Self> {
        let canonical = network.to_canonical();
        let bits = bits.checked_sub(width(network) - width(canonical))?;
        Some(Self::Block(canonical, bits))
    }

    fn contains(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Domain(domain), Host::Name(name)) => is_within(name, domain),
            (Self::Block(IpAddr::V4(network), bits), Host::Address(IpAddr::V4(address))) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= *bits
            }
            (Self::Block(IpAddr::V6(network), bits), Host::Address(IpAddr::V6(address))) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= *bits
            }
            _ => false,
        }
    }
}

impl Host {
    pub(super) fn new(host: &str) -> Self {
        let host = host.strip_suffix('.').unwrap_or(host);
        match host.parse::<IpAddr>() {
            Ok(address) => Self::Address(address.to_canonical()),
            Err(_) => Self::Name(host.to_ascii_lowercase()),
        }
    }

    /// Whether this is the machine itself. Wider than where plain http may go: what is local is of
    /// no concern to a proxy, and means another machine there.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => is_within(name, "localhost"),
        }
    }
}

fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// How many bits such an address has.
const fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}
