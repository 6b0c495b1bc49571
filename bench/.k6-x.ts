import { readFileSync } from "node:fs";
import pg from "pg";
import { toStatement } from "#platform/db/sql.ts";
import { countQuery, idsQuery } from "#mdm/devices/device-list-store.ts";
const c = new pg.Client(JSON.parse(readFileSync("/tmp/k6/conn.json","utf8"))); await c.connect();
const at = new Date(); const page={limit:50,offset:0};
const D=(column:any)=>[{column,isDescending:true}];
const cases: any = {
 plain:{}, offset:{page:{limit:50,offset:50000}}, failing:{filter:{states:["failing"]}}, enrolled:{filter:{states:["enrolled"]}}, silent:{filter:{states:["silent"]}},
 seen:{orderings:D("last_seen_at")}, seenOff:{orderings:D("last_seen_at"),page:{limit:50,offset:50000}}, before:{filter:{lastSeenBefore:new Date(Date.now()-86400000)}}, name:{orderings:[{column:"name",isDescending:false}]}, os:{orderings:D("os_version")}, bp:{orderings:D("blueprint")},
 bptag:{filter:{blueprints:[1],tags:[1]}}, broad:{filter:{search:"mac"}}, narrow:{filter:{search:"0004711"}}, one:{filter:{search:"zq"}}, 
};
const want=process.argv.slice(2);
for (const k of want.length&&want[0]!=="v"?want.filter(w=>w!=="v"):Object.keys(cases)) {
  const q={filter:{},orderings:[],page,at,...cases[k]};
  for (const [n,s] of [["count",countQuery(q)],["ids",idsQuery(q,["15.6","15.7.2","26.0","26.0.1","26.1"])]] as any) {
    const {text,values}=toStatement(s);
    let best=1e9, plan="";
    for(let i=0;i<3;i++){ const r=await c.query("explain (analyze, buffers) "+text, values); const t=r.rows.map((x:any)=>x["QUERY PLAN"]).join("\n"); const ms=Number(/Execution Time: ([\d.]+)/.exec(t)![1]); if(ms<best){best=ms;plan=t;} }
    console.log(k,n,best);
    if(want.includes("v")) console.log(plan);
  }
}
await c.end();
