//! Lending a device to the trainings of other machines.

use super::exit::{Exit, Failure};
use super::output::Output;
use crate::config::{DeviceChoice, WORKER_PORT};
use crate::engine::{WorkerEvent, WorkerRequest, serve_worker};
use crate::interrupt;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait worker
  purrtrait worker --device gpu:1 --listen 127.0.0.1:7418
  openssl rand -hex 32 > token && purrtrait worker --listen 0.0.0.0:7417 --token-file token
On the machine with the pictures, with the same version of Purrtrait:
  ssh -N -L 7417:127.0.0.1:7417 gpu-box &
  purrtrait train ~/Pictures/cats --device gpu:0,worker://127.0.0.1:7417
  purrtrait train ~/Pictures/cats --device 'gpu:0,worker://10.0.0.2:7417?token-file=token'
A worker gets the prepared squares, not the photos, and keeps them in its cache; the run stays where it trains. It
serves one training at a time, then the next, until Ctrl+C. `purrtrait bench --together cpu,worker://HOST:PORT` tells
whether it pays.")]
pub(super) struct WorkerArgs {
    /// Address and port to listen on; port 0 takes a free one. Other addresses than 127.0.0.1 need --token-file, and
    /// the line is not encrypted: an ssh tunnel is better
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = format!("127.0.0.1:{WORKER_PORT}"))]
    listen: String,
    /// File whose first line is a token of at least 16 characters, which a training must know. It is proved by
    /// HMAC-SHA-256 in both directions and never sent
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Device to lend: auto, gpu, cpu or gpu:N (N from `purrtrait devices`)
    #[arg(long, default_value_t)]
    device: DeviceChoice,
}

pub(super) fn worker(args: WorkerArgs, out: &Output) -> Result<Exit, Failure> {
    let WorkerArgs { listen, token_file, device } = args;
    let tell = |event: WorkerEvent| {
        if out.is_json() {
            out.json(&as_json(&event));
        } else {
            out.line(&event.to_string());
        }
    };
    serve_worker(&WorkerRequest { listen, token_file, device }, &tell)?;
    Ok(if interrupt::asked() { Exit::Interrupted } else { Exit::Ok })
}

fn as_json(event: &WorkerEvent) -> serde_json::Value {
    match event {
        WorkerEvent::Listening { address, device } => {
            json!({ "event": "listening", "address": address.to_string(), "device": device })
        }
        WorkerEvent::NotEncrypted => json!({ "event": "warning", "text": event.to_string() }),
        WorkerEvent::Refused { peer, why } => {
            json!({ "event": "refused", "peer": peer.to_string(), "reason": why })
        }
        WorkerEvent::Working { peer, what } => json!({ "event": "working", "peer": peer.to_string(), "on": what }),
        WorkerEvent::Ended { peer, steps, why } => {
            json!({ "event": "ended", "peer": peer.to_string(), "steps": steps, "reason": why })
        }
    }
}
