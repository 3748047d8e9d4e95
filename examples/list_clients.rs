//! Lists all clients with all information of the kernel, and the sequencer's limits.
//!
//! ```sh
//! cargo run --example list_clients
//! ```

use alsa_seq::{EventFilter, SequencerClient};

fn main() -> alsa_seq::Result<()> {
    let client = SequencerClient::open("list_clients")?;
    for found in client.clients() {
        let found = found?;
        println!("client {} {:?}", found.id(), found.name());
        println!("  kind:   {:?}", found.kind());
        if let Some(card) = found.card() {
            println!("  card:   {card}");
        }
        if let Some(pid) = found.pid() {
            println!("  thread: {pid}");
        }
        println!("  ports:  {}", found.num_ports());
        println!("  lost:   {} events", found.events_lost());
        let filter = found.event_filter();
        if filter != EventFilter::ALL {
            let types: Vec<String> = filter.types().map(|kind| kind.to_string()).collect();
            println!("  takes:  {}", types.join(" "));
        }
    }

    let system = client.system_info()?;
    println!(
        "{} of {} clients",
        system.num_clients(),
        system.max_clients()
    );
    println!("{} of {} queues", system.num_queues(), system.max_queues());
    Ok(())
}
