//! The wire as others see it: one golden a message, and the inherited names.

#[cfg(test)]
mod dagger;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sockets;
