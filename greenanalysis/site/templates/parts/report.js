(function(){
var button=document.getElementById("ga-code-button");
button.addEventListener("click",function(){
var shown=document.body.classList.toggle("ga-show-code"),text=button.textContent;
button.textContent=button.dataset.other;button.dataset.other=text;
button.setAttribute("aria-pressed",shown);});
var link=document.getElementById("ga-pdf"),known=window.gaSite;
if(link&&known){
var here=decodeURI(location.href.split(/[?#]/)[0]);
if(known.pdf.some(function(page){return known.root+page===here;})){
link.href=here.replace(/([^\/]+)\.html$/,"pdf/$1.pdf");link.hidden=false;}}})();
