//! The instructions of a Python pickle, protocols 0 to 5, one after the other. What they do is in `unpickle`.

/// What holds other values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Container {
    /// A list, a tuple or a set.
    List,
    Dict,
}

/// One instruction with what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op<'a> {
    /// Says something about the program only.
    Nothing,
    /// A value that is of no use here.
    Plain,
    Int(i64),
    Text(&'a [u8]),
    Mark,
    Pop,
    PopMark,
    /// The newest value once more.
    Again,
    /// A class or function by its module and name.
    Class(&'a str, &'a str),
    /// The same, of the two newest values.
    ClassOfTexts,
    Empty(Container),
    /// Everything since the mark.
    FromMark(Container),
    /// Of so many values.
    Tuple(usize),
    Append,
    Appends,
    Set,
    Sets,
    /// Under this number, or the next one.
    Remember(Option<u32>),
    Recall(u32),
    /// Something that is kept elsewhere.
    Persistent,
    Call,
    /// A new object of a class, from so many values.
    New(usize),
    /// The same from everything since the mark; without a class, the first of it is the class.
    NewFromMark(Option<(&'a str, &'a str)>),
    /// Sets attributes.
    Build,
}

/// What is left to read.
pub(super) struct Input<'a> {
    pub rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// The next instruction; none at the end of the program.
    ///
    /// # Errors
    /// In words: cut off, or an instruction that refers to what is not in the file.
    pub(super) fn op(&mut self) -> Result<Option<Op<'a>>, String> {
        Ok(Some(match self.byte()? {
            b'.' => return Ok(None),
            // Protocol, frame.
            0x80 => self.skip(1, Op::Nothing)?,
            0x95 => self.skip(8, Op::Nothing)?,
            b'N' | 0x88 | 0x89 => Op::Plain,
            b'G' => self.skip(8, Op::Plain)?,
            b'F' => self.line().map(|_| Op::Plain)?,
            b'J' => Op::Int(i32::from_le_bytes(self.array()?).into()),
            b'K' => Op::Int(self.byte()?.into()),
            b'M' => Op::Int(u16::from_le_bytes(self.array()?).into()),
            0x8a => long(self.short_bytes()?),
            0x8b => long(self.long_bytes()?),
            // `00` and `01` are truth values.
            b'I' | b'L' => text_of(self.line()?).trim_end_matches('L').parse().map_or(Op::Plain, Op::Int),
            b'X' | b'T' => Op::Text(self.long_bytes()?),
            0x8c | b'U' => Op::Text(self.short_bytes()?),
            0x8d => Op::Text(self.longest_bytes()?),
            b'V' => Op::Text(self.line()?),
            b'S' => Op::Text(unquoted(self.line()?)),
            b'B' => self.long_bytes().map(|_| Op::Plain)?,
            b'C' => self.short_bytes().map(|_| Op::Plain)?,
            0x8e | 0x96 => self.longest_bytes().map(|_| Op::Plain)?,
            b'(' => Op::Mark,
            b'0' => Op::Pop,
            b'1' => Op::PopMark,
            b'2' => Op::Again,
            b'c' => Op::Class(text_of(self.line()?), text_of(self.line()?)),
            0x93 => Op::ClassOfTexts,
            b'}' => Op::Empty(Container::Dict),
            b']' | b')' | 0x8f => Op::Empty(Container::List),
            b'd' => Op::FromMark(Container::Dict),
            b'l' | b't' | 0x91 => Op::FromMark(Container::List),
            count @ 0x85..=0x87 => Op::Tuple(usize::from(count - 0x84)),
            b'a' => Op::Append,
            b'e' | 0x90 => Op::Appends,
            b's' => Op::Set,
            b'u' => Op::Sets,
            b'q' => Op::Remember(Some(self.byte()?.into())),
            b'r' => Op::Remember(Some(u32::from_le_bytes(self.array()?))),
            b'p' => Op::Remember(Some(self.number()?)),
            0x94 => Op::Remember(None),
            b'h' => Op::Recall(self.byte()?.into()),
            b'j' => Op::Recall(u32::from_le_bytes(self.array()?)),
            b'g' => Op::Recall(self.number()?),
            b'Q' => Op::Persistent,
            // Named by a text; PyTorch names its storages by several values.
            b'P' => self.line().map(|_| Op::Plain)?,
            b'R' => Op::Call,
            0x81 => Op::New(1),
            0x92 => Op::New(2),
            b'i' => Op::NewFromMark(Some((text_of(self.line()?), text_of(self.line()?)))),
            b'o' => Op::NewFromMark(None),
            b'b' => Op::Build,
            // Among them those that refer to registries and buffers of the program that wrote it.
            other => return Err(format!("the pickle uses the instruction {other:#04x}, which no model needs")),
        }))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn skip(&mut self, count: usize, op: Op<'a>) -> Result<Op<'a>, String> {
        self.take(count).map(|_| op)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(short)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Bytes with their number in front, of one, four or eight bytes.
    fn short_bytes(&mut self) -> Result<&'a [u8], String> {
        let length = usize::from(self.byte()?);
        self.take(length)
    }

    fn long_bytes(&mut self) -> Result<&'a [u8], String> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        self.take(length)
    }

    fn longest_bytes(&mut self) -> Result<&'a [u8], String> {
        let length = usize::try_from(u64::from_le_bytes(self.array()?)).map_err(|_| short())?;
        self.take(length)
    }

    fn line(&mut self) -> Result<&'a [u8], String> {
        let end = self.rest.iter().position(|b| *b == b'\n').ok_or_else(short)?;
        let line = &self.take(end + 1)?[..end];
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn number(&mut self) -> Result<u32, String> {
        text_of(self.line()?).parse().map_err(|_| "the pickle is damaged: no number where one belongs".to_owned())
    }
}

pub(super) fn short() -> String {
    "the pickle is damaged: it ends early or takes values that are not there".to_owned()
}

/// What no text is stands for itself: it names nothing that is known here.
fn text_of(line: &[u8]) -> &str {
    std::str::from_utf8(line).unwrap_or("?")
}

fn unquoted(line: &[u8]) -> &[u8] {
    match line {
        [first @ (b'\'' | b'"'), text @ .., last] if first == last => text,
        _ => line,
    }
}

/// A little-endian number in two's complement; no size is longer than 64 bits.
fn long(bytes: &[u8]) -> Op<'_> {
    if bytes.len() > 8 {
        return Op::Plain;
    }
    let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
    let mut all = [if negative { 0xff } else { 0 }; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    Op::Int(i64::from_le_bytes(all))
}
