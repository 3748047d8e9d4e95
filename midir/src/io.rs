//! What inputs and outputs have in common.

use crate::PortInfoError;

/// What [`MidiInput`](crate::MidiInput) and [`MidiOutput`](crate::MidiOutput) have in
/// common.
pub trait MidiIO {
    /// A port to connect to.
    type Port: Clone;

    /// The ports that there are now, in the kernel's order.
    fn ports(&self) -> Vec<Self::Port>;

    /// How many ports there are now.
    fn port_count(&self) -> usize;

    /// The name of a port: `client:port 20:0`.
    ///
    /// # Errors
    /// [`PortInfoError::InvalidPort`] if the port does not exist any more.
    fn port_name(&self, port: &Self::Port) -> Result<String, PortInfoError>;
}

/// Declares the port type of one direction, and gives its object the methods with which
/// programs look for ports.
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
            /// The address of the port, such as `20:0`, as a text that programs are not to
            /// look into. It means this port for as long as the port exists.
            pub fn id(&self) -> String {
                self.address.to_string()
            }
        }

        $(#[$ports_doc])*
        pub type $ports = Vec<$port>;

        impl $object {
            /// The ports that can be connected to now, in the kernel's order.
            pub fn ports(&self) -> $ports {
                let ports = $crate::listing::ports(self.client.control(), $caps);
                ports.into_iter().map(|address| $port { address }).collect()
            }

            /// How many ports can be connected to now.
            pub fn port_count(&self) -> usize {
                $crate::listing::ports(self.client.control(), $caps).len()
            }

            /// The name of a port: `client:port 20:0`.
            ///
            /// # Errors
            /// [`PortInfoError::InvalidPort`](crate::PortInfoError::InvalidPort) if the
            /// port does not exist any more.
            pub fn port_name(&self, port: &$port) -> Result<String, $crate::PortInfoError> {
                $crate::listing::port_name(self.client.control(), port.address)
            }

            /// The port that has this `id`, if there is one.
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
