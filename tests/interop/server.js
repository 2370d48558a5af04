// An SMSC made of npm's smpp: it tells what it decoded, one JSON line an event, and does what a JSON line asks.
//
//   node server.js PORT [KEY CERTIFICATE]         with both (PEM files) it speaks TLS from the first octet on
//   out:  listening | bind | submit | throttled | answer | enquire | unbind | close | error, each {"event": ..., ...}
//   in:   {"do": "throttle"} the next submit_sm   {"do": "deliver", "as": "deliver_sm", "pdu": {...}}
//         {"do": "enquire"}   {"do": "unbind"}   {"do": "outbind", "port": ..., "pdu": {...}} it calls, and waits for a bind
//
// In a delivery {"message": "...", "udh": "050003..."} stands for user data behind a header, given in hex.
// Its own library encodes and decodes all text here; of chanserv it knows nothing. It ends with its standard input.

'use strict';

const fs = require('fs');
const readline = require('readline');
const smpp = require('smpp');

const [port, key, cert] = process.argv.slice(2);
const receiving = new Set(); // sessions bound as receiver or transceiver
let throttle = 0;
let ids = 0;

const tell = (event, more) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');

function receipt(pdu, id) {
  const done = '2501311200';
  return {
    source_addr_ton: pdu.dest_addr_ton,
    source_addr_npi: pdu.dest_addr_npi,
    source_addr: pdu.destination_addr,
    dest_addr_ton: pdu.source_addr_ton,
    dest_addr_npi: pdu.source_addr_npi,
    destination_addr: pdu.source_addr,
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    data_coding: 0,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:${done} done date:${done} stat:DELIVRD err:000 text:-`,
    receipted_message_id: id,
    message_state: smpp.MESSAGE_STATE.DELIVERED,
  };
}

function deliver(pdu, as = 'deliver_sm') {
  const text = pdu.short_message;
  if (text && text.udh) pdu.short_message = { udh: Buffer.from(text.udh, 'hex'), message: text.message };
  [...receiving].pop()[as](pdu, (answer) => tell('answer', { to: as, status: answer.command_status }));
}

function submitted(session, pdu) {
  const inline = pdu.short_message && pdu.short_message.message.length > 0;
  const { message, udh = [] } = inline ? pdu.short_message : pdu.message_payload;
  const told = {
    as: pdu.command,
    payload: !inline,
    sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum].filter((field) => field !== undefined),
    text: message,
    udh: udh.map((element) => element.toString('hex')),
    data_coding: pdu.data_coding,
    esm_class: pdu.esm_class,
    registered_delivery: pdu.registered_delivery,
    source: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr],
    destination: [pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr],
  };
  if (throttle > 0) {
    throttle -= 1;
    tell('throttled', told);
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  const id = `node-${(ids += 1)}`;
  tell('submit', { id, ...told });
  session.send(pdu.response({ message_id: id }));
  if (pdu.registered_delivery & 1) deliver(receipt(pdu, id));
}

function bind(session, pdu) {
  const { system_id, password, interface_version } = pdu;
  const as = pdu.command.replace('bind_', '');
  tell('bind', { as, system_id, password, interface_version });
  session.send(pdu.response({ system_id: 'npm-smpp' }));
  if (as !== 'transmitter') receiving.add(session);
}

function serve(session) {
  for (const role of ['transceiver', 'transmitter', 'receiver']) {
    session.on(`bind_${role}`, (pdu) => bind(session, pdu));
  }
  session.on('submit_sm', (pdu) => submitted(session, pdu));
  session.on('data_sm', (pdu) => submitted(session, pdu));
  session.on('enquire_link', (pdu) => {
    tell('enquire');
    session.send(pdu.response());
  });
  session.on('unbind', (pdu) => {
    tell('unbind');
    session.send(pdu.response());
  });
  session.on('error', (fault) => tell('error', { message: String(fault) }));
  session.on('close', () => {
    receiving.delete(session);
    tell('close');
  });
}

const tls = key && cert ? { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } : {};
const server = smpp.createServer(tls, serve);

const asked = {
  throttle: () => (throttle += 1),
  deliver: ({ pdu, as }) => deliver(pdu, as),
  outbind: ({ port, pdu }) => {
    const session = smpp.connect({ url: `smpp://127.0.0.1:${port}` }, () => session.outbind(pdu));
    serve(session);
  },
  enquire: () => {
    const answered = (answer) => tell('answer', { to: 'enquire_link', status: answer.command_status });
    [...receiving].pop().enquire_link(answered);
  },
  unbind: () => {
    const session = [...receiving].pop();
    session.unbind((answer) => {
      tell('answer', { to: 'unbind', status: answer.command_status });
      session.close();
    });
  },
};

server.listen(Number(port), '127.0.0.1', () => tell('listening'));
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    asked[order.do](order);
  })
  .on('close', () => process.exit(0));
