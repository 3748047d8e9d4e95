//! Checks the header of an ELF file.

use anyhow::{Context as _, Result, bail};
use object::elf::{self, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader as _};
use object::{Endianness, FileKind};

use super::target::Target;

/// The target machine: ELF's number of the processor, the number of bits, and the byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) processor: u16,
    pub(crate) bits: u8,
    pub(crate) big_endian: bool,
}

impl Machine {
    pub(super) const fn little(processor: u16, bits: u8) -> Self {
        Self {
            processor,
            bits,
            big_endian: false,
        }
    }

    pub(super) const fn big(processor: u16, bits: u8) -> Self {
        Self {
            processor,
            bits,
            big_endian: true,
        }
    }
}

/// Checks that a program is for this target, and needs no loader for shared libraries.
pub(super) fn check(bytes: &[u8], target: &Target) -> Result<()> {
    let (machine, interpreter) = match FileKind::parse(bytes).context("read the ELF file")? {
        FileKind::Elf32 => read::<elf::FileHeader32<Endianness>>(bytes, 32)?,
        FileKind::Elf64 => read::<elf::FileHeader64<Endianness>>(bytes, 64)?,
        _ => bail!("it is not an ELF file"),
    };
    if interpreter {
        bail!("it is not static");
    }
    if machine != target.machine {
        bail!("it is for {machine:?}, not {:?}", target.machine);
    }
    Ok(())
}

/// Returns the machine, and whether the file names a loader.
fn read<Header: FileHeader<Endian = Endianness>>(
    bytes: &[u8],
    bits: u8,
) -> Result<(Machine, bool)> {
    let header = Header::parse(bytes)?;
    let endian = header.endian()?;
    let machine = Machine {
        processor: header.e_machine(endian),
        bits,
        big_endian: header.is_big_endian(),
    };
    let segments = header.program_headers(endian, bytes)?;
    let interpreter = segments
        .iter()
        .any(|segment| segment.p_type(endian) == PT_INTERP);
    Ok((machine, interpreter))
}

#[cfg(test)]
mod tests {
    use super::super::target::{ARM64, X86_64};
    use super::*;

    #[test]
    fn a_loader_is_found() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let error = check(&own, &X86_64).unwrap_err();
        assert_eq!(error.to_string(), "it is not static");
        assert!(check(b"#!/bin/sh\n", &X86_64).is_err());
        assert!(check(&own[..70], &X86_64).is_err());
    }

    #[test]
    fn a_wrong_machine_is_an_error() {
        // A header without anything else.
        let mut bytes = [0_u8; 64];
        bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        bytes[18] = 62;
        check(&bytes, &X86_64).unwrap();
        assert!(check(&bytes, &ARM64).is_err());
        bytes[5] = 2;
        assert!(check(&bytes, &X86_64).is_err());
    }
}
