//! The address of the server. Other machines cannot reach it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// `127.0.0.1` or `[::1]`, and a port. Port 0 stands for any free port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(SocketAddr);

/// The text is not an address for a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("expected a port from 0 to 65535, 127.0.0.1:PORT or [::1]:PORT")]
    Text,
    #[error(
        "other machines can reach {0}; the page is only served at 127.0.0.1 or [::1] (use \
         ssh -L to open it on another machine)"
    )]
    Reachable(IpAddr),
}

impl Place {
    pub(crate) const fn socket(self) -> SocketAddr {
        self.0
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        // `u16::from_str` would accept a leading `+`.
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if let (true, Ok(port)) = (is_number, text.parse::<u16>()) {
            return Ok(Self((Ipv4Addr::LOCALHOST, port).into()));
        }
        let place: SocketAddr = text.parse().map_err(|_| PlaceError::Text)?;
        let is_ours = match place {
            SocketAddr::V4(place) => *place.ip() == Ipv4Addr::LOCALHOST,
            SocketAddr::V6(place) => *place.ip() == Ipv6Addr::LOCALHOST && place.scope_id() == 0,
        };
        if is_ours {
            Ok(Self(place))
        } else {
            Err(PlaceError::Reachable(place.ip()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_accepted() {
        let place = |text: &str| text.parse::<Place>().map(|place| place.0.to_string());
        assert_eq!(place("0").unwrap(), "127.0.0.1:0");
        assert_eq!(place("8000").unwrap(), "127.0.0.1:8000");
        assert_eq!(place("127.0.0.1:65535").unwrap(), "127.0.0.1:65535");
        assert_eq!(place("[::1]:8000").unwrap(), "[::1]:8000");
        for text in [
            "0.0.0.0:80",
            "127.0.0.2:80",
            "192.168.0.1:80",
            "[::]:80",
            "[::1%1]:80",
            "[::ffff:127.0.0.1]:80",
        ] {
            let refused = text.parse::<Place>();
            assert!(matches!(refused, Err(PlaceError::Reachable(_))), "{text}");
        }
        for text in [
            "",
            "+80",
            "65536",
            "localhost:80",
            "127.0.0.1",
            "::1",
            ":80",
        ] {
            assert_eq!(text.parse::<Place>(), Err(PlaceError::Text), "{text}");
        }
    }
}
