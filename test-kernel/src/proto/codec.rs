//! Numbers, strings and lists as bytes.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::{Malformed, Output, WindowSize};

#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
    pub(super) fn u8(&mut self, n: u8) {
        self.0.push(n);
    }
    pub(super) fn u16(&mut self, n: u16) {
        self.raw(&n.to_le_bytes());
    }
    pub(super) fn u32(&mut self, n: u32) {
        self.raw(&n.to_le_bytes());
    }
    pub(super) fn i32(&mut self, n: i32) {
        self.raw(&n.to_le_bytes());
    }
    pub(super) fn u64(&mut self, n: u64) {
        self.raw(&n.to_le_bytes());
    }
    pub(super) fn window(&mut self, size: WindowSize) {
        for n in [size.rows, size.cols, size.x_pixels, size.y_pixels] {
            self.u16(n);
        }
    }
    pub(super) fn length(&mut self, n: usize) {
        // The kernel's limits keep arguments and environment far below 4 GiB.
        self.u32(u32::try_from(n).unwrap_or(u32::MAX));
    }
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.raw(bytes);
    }
    pub(super) fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.length(items.len());
        for item in items {
            each(self, item);
        }
    }
}

pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(Malformed("cut short"))?;
        self.0 = tail;
        Ok(head)
    }
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed("cut short"))
    }
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0).to_vec()
    }
    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Malformed("bytes left over"))
        }
    }
    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_le_bytes(self.array()?))
    }
    pub(super) fn bool(&mut self) -> Result<bool, Malformed> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("neither true nor false")),
        }
    }
    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array()?))
    }
    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }
    pub(super) fn i32(&mut self) -> Result<i32, Malformed> {
        Ok(i32::from_le_bytes(self.array()?))
    }
    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }
    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.u32()?).map_err(|_| Malformed("length out of range"))
    }
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let n = self.length()?;
        self.take(n)
    }
    pub(super) fn os_string(&mut self) -> Result<OsString, Malformed> {
        Ok(OsString::from_vec(self.bytes()?.to_vec()))
    }
    pub(super) fn window(&mut self) -> Result<WindowSize, Malformed> {
        Ok(WindowSize {
            rows: self.u16()?,
            cols: self.u16()?,
            x_pixels: self.u16()?,
            y_pixels: self.u16()?,
        })
    }
    pub(super) fn output(&mut self) -> Result<Output, Malformed> {
        match self.u8()? {
            0 => Ok(Output::Pipe),
            1 => Ok(Output::Terminal),
            2 => Ok(Output::SameAsStdout),
            _ => Err(Malformed("unknown output")),
        }
    }
    pub(super) fn list<T>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let n = self.length()?;
        // Not with_capacity(n), because a wrong length must not allocate memory.
        let mut items = Vec::new();
        for _ in 0..n {
            items.push(each(self)?);
        }
        Ok(items)
    }
}
