//! Common methods of inputs and outputs.

use crate::PortInfoError;

/// The common methods of [`MidiInput`](crate::MidiInput) and [`MidiOutput`](crate::MidiOutput).
pub trait MidiIO {
    /// A port to connect to.
    type Port: Clone;

    /// Returns the existing ports, in the kernel's order.
    fn ports(&self) -> Vec<Self::Port>;

    /// Returns the number of existing ports.
    fn port_count(&self) -> usize;

    /// Returns the name of a port: `client:port 20:0`.
    ///
    /// # Errors
    /// [`PortInfoError::InvalidPort`] if the port no longer exists.
    fn port_name(&self, port: &Self::Port) -> Result<String, PortInfoError>;
}

/// Declares the port type of one direction, and gives its object the methods for finding ports.
macro_rules! direction {
    (
        $(#[$port_doc:meta])* $port:ident,
        $(#[$ports_doc:meta])* $ports:ident,
        $object:ident, $caps:expr
    ) => {
        $(#[$port_doc])*
        #[derive(Clone, PartialEq)]
        pub struct $port {
            pub(crate) address: ::alsa_seq::Address,
        }

        impl $port {
            /// Returns the address of the port, such as `20:0`, as a text that programs should not
            /// interpret. It identifies this port while the port exists.
            pub fn id(&self) -> String {
                self.address.to_string()
            }
        }

        $(#[$ports_doc])*
        pub type $ports = Vec<$port>;

        impl $object {
            /// Returns the existing ports that can be connected to, in the kernel's order.
            pub fn ports(&self) -> $ports {
                let ports = $crate::listing::ports(self.client.control(), $caps);
                ports.into_iter().map(|address| $port { address }).collect()
            }

            /// Returns the number of ports that can be connected to.
            pub fn port_count(&self) -> usize {
                $crate::listing::ports(self.client.control(), $caps).len()
            }

            /// Returns the name of a port: `client:port 20:0`.
            ///
            /// # Errors
            /// [`PortInfoError::InvalidPort`](crate::PortInfoError::InvalidPort) if the port no
            /// longer exists.
            pub fn port_name(&self, port: &$port) -> Result<String, $crate::PortInfoError> {
                $crate::listing::port_name(self.client.control(), port.address)
            }

            /// Returns the port with this `id`, if it exists.
            pub fn find_port_by_id(&self, id: &str) -> Option<$port> {
                self.ports().into_iter().find(|port| port.id() == id)
            }
        }

        impl $crate::MidiIO for $object {
            type Port = $port;

            fn ports(&self) -> $ports {
                $object::ports(self)
            }

            fn port_count(&self) -> usize {
                $object::port_count(self)
            }

            fn port_name(&self, port: &$port) -> Result<String, $crate::PortInfoError> {
                $object::port_name(self, port)
            }
        }
    };
}
pub(crate) use direction;
